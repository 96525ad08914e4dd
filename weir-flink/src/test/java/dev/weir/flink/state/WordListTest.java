package dev.weir.flink.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.engine.state.FlatValues;
import dev.weir.rocksdb.tiered.HeapQuota;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntFunction;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.BooleanSerializer;
import org.apache.flink.api.common.typeutils.base.DoubleSerializer;
import org.apache.flink.api.common.typeutils.base.IntSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.typeutils.TupleTypeInfo;
import org.apache.flink.runtime.state.AbstractKeyedStateBackend;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A list of words has what was appended to it, and is handed out to nobody. */
class WordListTest {
    private static <E> FlatValues<E> shape(TypeSerializer<E> elements) {
        return Objects.requireNonNull(Words.ofImmutable(elements));
    }

    private static WordList<Long> longs(Long... elements) {
        return (WordList<Long>) WordList.of(List.of(elements), shape(LongSerializer.INSTANCE));
    }

    @Test
    void hasWhatWasAppended() {
        agree(LongSerializer.INSTANCE, i -> (long) i << 40 | i);
        agree(IntSerializer.INSTANCE, i -> -i);
        agree(DoubleSerializer.INSTANCE, i -> i == 0 ? Double.NaN : i == 1 ? -0.0 : i / 3.0);
        agree(BooleanSerializer.INSTANCE, i -> i % 2 == 0);
    }

    private static <E> void agree(TypeSerializer<E> serializer, IntFunction<E> elements) {
        WordList<E> tested = new WordList<>(shape(serializer));
        List<E> model = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            assertThat(tested.append(elements.apply(i))).isTrue();
            model.add(elements.apply(i));
            assertThat(tested).isEqualTo(model);
            assertThat(tested.heapBytes()).isBetween(48 + 8L * (i + 1), 96 + 16L * (i + 1));
            tested = i % 7 == 0 ? tested.copy() : tested;
        }
        assertThat(WordList.of(model, shape(serializer)))
                .isInstanceOf(WordList.class)
                .isEqualTo(model);
    }

    @Test
    void elementsOfSeveralWordsLieSideBySide() {
        TypeSerializer<Tuple3<Long, Integer, Double>> serializer = new TupleTypeInfo<Tuple3<Long, Integer, Double>>(
                        Types.LONG, Types.INT, Types.DOUBLE)
                .createSerializer(new SerializerConfigImpl());
        FlatValues<Tuple3<Long, Integer, Double>> shape = Objects.requireNonNull(StateTables.words(serializer));
        WordList<Tuple3<Long, Integer, Double>> tested = new WordList<>(shape);
        List<Tuple3<Long, Integer, Double>> model = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Tuple3<Long, Integer, Double> element = Tuple3.of((long) i, -i, i / 3.0);
            assertThat(tested.append(element)).isTrue();
            model.add(Tuple3.of((long) i, -i, i / 3.0));
            element.f0 = -1L;
            assertThat(tested).isEqualTo(model);
            assertThat(tested.heapBytes()).isBetween(48 + 24L * (i + 1), 192 + 48L * (i + 1));
            tested = i % 7 == 0 ? tested.copy() : tested;
        }
        assertThat(tested.append(Tuple3.of(1L, null, 1.0))).isFalse();
        List<Tuple3<Long, Integer, Double>> ofAny = WordList.with(tested, Tuple3.of(1L, null, 1.0));
        assertThat(ofAny).isInstanceOf(ArrayList.class).hasSize(101).startsWith(model.get(0));
    }

    @Test
    void aCopyIsAnotherList() {
        WordList<Long> list = longs(1L, 2L);
        WordList<Long> copy = list.copy();
        list.append(3L);
        assertThat(copy).containsExactly(1L, 2L);
        copy.append(4L);
        assertThat(list).containsExactly(1L, 2L, 3L);
    }

    /** Copies go on in the same array where they can: each list has its own elements nevertheless. */
    @Test
    void copiesOfCopiesAreListsOfTheirOwn() {
        Random random = new Random(31);
        List<WordList<Long>> lists = new ArrayList<>(List.of(longs(1L)));
        List<List<Long>> models = new ArrayList<>(List.of(new ArrayList<>(List.of(1L))));
        for (int i = 0; i < 3_000; i++) {
            int of = random.nextInt(lists.size());
            if (random.nextInt(8) == 0) {
                int at = random.nextInt(Math.min(lists.size() + 1, 12));
                WordList<Long> copy = lists.get(of).copy();
                List<Long> model = new ArrayList<>(models.get(of));
                if (at == lists.size()) {
                    lists.add(copy);
                    models.add(model);
                } else {
                    lists.set(at, copy);
                    models.set(at, model);
                }
            } else {
                lists.get(of).append((long) i);
                models.get(of).add((long) i);
            }
            assertThat(lists).isEqualTo(models);
        }
    }

    @Test
    void anIterationNoticesChanges() {
        WordList<Long> list = longs(1L, 2L);
        Iterator<Long> elements = list.iterator();
        elements.next();
        list.append(3L);
        assertThatThrownBy(elements::next).isInstanceOf(ConcurrentModificationException.class);
        assertThatThrownBy(() -> list.get(3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    @SuppressWarnings({"unchecked", "rawtypes"}) // as a raw state
    void takesElementsOfItsTypeOnly() {
        WordList<Long> list = longs(1L);
        assertThat(((WordList) list).append("text")).isFalse();
        assertThat(list.append(null)).isFalse();
        assertThat(list).containsExactly(1L);
        List<Object> mixed = new ArrayList<>(List.of(1L, "text"));
        assertThat(WordList.of(mixed, (FlatValues) shape(LongSerializer.INSTANCE)))
                .isSameAs(mixed);
    }

    /** Neither whether the list was read nor where its key group is decides anything. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1 << 30})
    void whatIsAddedInTwoTiersIsACopy(long heapBytes, @TempDir Path databases) throws Exception {
        try (var tiers = new Lists(SHAPE.tiered(databases, new HeapQuota(heapBytes)));
                var onHeap = new Lists(SHAPE)) {
            assertThat(tiers.ofOneTuple()).containsExactly(Tuple2.of(0L, 0L), Tuple2.of(1L, 1L), Tuple2.of(2L, 2L));
            assertThat(tiers.added()).containsExactly(Tuple2.of(3L, 3L), Tuple2.of(4L, 4L));
            assertThat(onHeap.ofOneTuple()).containsOnly(Tuple2.of(2L, 2L)).hasSize(3);
            assertThat(onHeap.added()).containsOnly(Tuple2.of(4L, 4L)).hasSize(2);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 20_000, 1 << 30})
    void listsOfTuplesAreThoseOfFlink(long heapBytes, @TempDir Path databases) throws Exception {
        Random random = new Random(heapBytes);
        try (var ours = new Lists(SHAPE.tiered(databases, new HeapQuota(heapBytes)));
                var flinks = new Lists(SHAPE.flinks(KeyGroupRange.of(0, 1), List.of()))) {
            for (int i = 0; i < 20_000; i++) {
                if (random.nextInt(3) == 0) {
                    long key = random.nextInt(300);
                    ours.backend.setCurrentKey(key);
                    flinks.backend.setCurrentKey(key);
                }
                int kind = random.nextInt(12);
                long seed = random.nextLong();
                flinks.change(kind, seed);
                ours.change(kind, seed);
                if (kind < 3) {
                    assertThat(ours.state.get()).as("after %s", i).isEqualTo(flinks.state.get());
                }
            }
            for (long key = 0; key < 300; key++) {
                ours.backend.setCurrentKey(key);
                flinks.backend.setCurrentKey(key);
                assertThat(ours.state.get()).isEqualTo(flinks.state.get());
            }
        }
    }

    private static final BackendPair.Shape<Long> SHAPE = new BackendPair.Shape<>(LongSerializer.INSTANCE, 2);

    /** Not words, which are of tuples of Flink's own class. */
    @SuppressWarnings("unchecked") // of copy, in Flink's tuples
    private static final class Pair extends Tuple2<Long, Long> {
        Pair(long first, long second) {
            super(first, second);
        }
    }

    /** A list state of one backend. */
    private static final class Lists implements AutoCloseable {
        final AbstractKeyedStateBackend<Long> backend;
        final ListState<Tuple2<Long, Long>> state;

        Lists(BackendPair.Shape<Long> shape) throws Exception {
            this(shape.ours(KeyGroupRange.of(0, 1), List.of()));
        }

        Lists(AbstractKeyedStateBackend<Long> backend) throws Exception {
            this.backend = backend;
            backend.setCurrentKey(1L);
            state = backend.getPartitionedState(
                    VoidNamespace.INSTANCE,
                    VoidNamespaceSerializer.INSTANCE,
                    new ListStateDescriptor<>("pairs", Types.TUPLE(Types.LONG, Types.LONG)));
        }

        /** Other keys have enough to leave the heap, where little of it may be used. */
        List<Tuple2<Long, Long>> ofOneTuple() throws Exception {
            for (long key = 0; key < 5_000; key++) {
                backend.setCurrentKey(key);
                state.update(List.of(Tuple2.of(key, key)));
            }
            backend.setCurrentKey(1L);
            state.clear();
            Tuple2<Long, Long> tuple = new Tuple2<>();
            for (long i = 0; i < 3; i++) {
                tuple.setFields(i, i);
                state.add(tuple);
            }
            return List.copyOf((List<Tuple2<Long, Long>>) state.get());
        }

        /** What is added to the same list, which was read. */
        List<Tuple2<Long, Long>> added() throws Exception {
            Tuple2<Long, Long> tuple = Tuple2.of(3L, 3L);
            state.addAll(List.of(tuple));
            tuple.setFields(4L, 4L);
            state.add(tuple);
            return ((List<Tuple2<Long, Long>>) state.get()).subList(3, 5);
        }

        void change(int kind, long seed) throws Exception {
            Random random = new Random(seed);
            List<Tuple2<Long, Long>> values = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                values.add(random.nextInt(50) == 0 ? new Pair(seed, i) : Tuple2.of(seed, (long) i));
            }
            switch (kind) {
                case 0, 1, 2 -> {}
                case 3 -> {
                    Iterable<Tuple2<Long, Long>> present = state.get();
                    if (present != null) {
                        present.iterator().next().f1 = -seed;
                    }
                }
                case 4 -> {
                    Iterable<Tuple2<Long, Long>> present = state.get();
                    if (present != null) {
                        state.update((List<Tuple2<Long, Long>>) present);
                    }
                }
                case 5 -> state.update(values);
                case 6 -> state.addAll(values);
                case 7 -> {
                    if (random.nextInt(5) == 0) {
                        state.clear();
                    }
                }
                default -> {
                    for (Tuple2<Long, Long> value : values) {
                        state.add(value);
                    }
                }
            }
        }

        @Override
        public void close() {
            backend.dispose();
        }
    }

    /** It may be sent or kept elsewhere, by a serializer that makes its like. */
    @Test
    void usersGetListsOfTheJdks() throws Exception {
        var shape = new BackendPair.Shape<>(LongSerializer.INSTANCE, 2);
        var range = KeyGroupRange.of(0, 1);
        var descriptor = new ListStateDescriptor<>("numbers", LongSerializer.INSTANCE);
        var backend = shape.ours(range, List.of());
        backend.setCurrentKey(1L);
        ListState<Long> numbers =
                backend.getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor);
        numbers.add(7L);
        numbers.add(8L);
        Iterable<Long> live = numbers.get();
        assertThat(live).isExactlyInstanceOf(ArrayList.class);
        numbers.add(9L);
        assertThat(live).containsExactly(7L, 8L, 9L);
        assertThat(numbers.get()).isSameAs(live);
        backend.dispose();
    }
}
