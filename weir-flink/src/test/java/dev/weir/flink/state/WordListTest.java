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

    /** Where the key's group is decides nothing: an element that is changed after it was added is so nowhere or everywhere. */
    @Test
    void whatIsAddedInTwoTiersIsACopy(@TempDir Path databases) throws Exception {
        HeapQuota heap = new HeapQuota(1 << 30);
        try (var tiers = new Lists(new BackendPair.Shape<>(LongSerializer.INSTANCE, 2).tiered(databases, heap));
                var onHeap = new Lists(new BackendPair.Shape<>(LongSerializer.INSTANCE, 2))) {
            assertThat(tiers.afterChanges()).containsExactly(Tuple2.of(1L, 2L), Tuple2.of(3L, 4L));
            assertThat(onHeap.afterChanges()).containsExactly(Tuple2.of(1L, -1L), Tuple2.of(3L, -1L));
            for (Lists lists : List.of(tiers, onHeap)) {
                // what was handed out is live, and stays so with elements that are no words
                lists.state.get().iterator().next().f0 = 7L;
                lists.state.add(Tuple2.of(null, 8L));
                lists.state.get().iterator().next().f1 = 9L;
                assertThat(lists.state.get().iterator().next()).isEqualTo(Tuple2.of(7L, 9L));
                lists.state.update(List.of(Tuple2.of(5L, 6L), Tuple2.of(null, 0L)));
                assertThat(lists.state.get()).containsExactly(Tuple2.of(5L, 6L), Tuple2.of(null, 0L));
            }
        }
    }

    private static final class Lists implements AutoCloseable {
        private final AbstractKeyedStateBackend<Long> backend;
        final ListState<Tuple2<Long, Long>> state;

        Lists(BackendPair.Shape<Long> shape) throws Exception {
            backend = shape.ours(KeyGroupRange.of(0, 1), List.of());
            backend.setCurrentKey(1L);
            state = backend.getPartitionedState(
                    VoidNamespace.INSTANCE,
                    VoidNamespaceSerializer.INSTANCE,
                    new ListStateDescriptor<>("pairs", Types.TUPLE(Types.LONG, Types.LONG)));
        }

        Iterable<Tuple2<Long, Long>> afterChanges() throws Exception {
            Tuple2<Long, Long> first = Tuple2.of(1L, 2L);
            Tuple2<Long, Long> second = Tuple2.of(3L, 4L);
            state.update(List.of(first));
            state.add(second);
            first.f1 = -1L;
            second.f1 = -1L;
            return state.get();
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
