package dev.weir.flink.state;

import dev.weir.engine.state.FlatValues;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.api.java.tuple.Tuple;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.typeutils.runtime.TupleSerializer;
import org.jspecify.annotations.Nullable;

/** Tells from a value's serializer whether the engine may keep values as words. */
final class Words {

    private Words() {}

    /** Values of an immutable type as words; null where the serializer is not exactly that of a boxed primitive. */
    @SuppressWarnings("unchecked")
    static <V> @Nullable FlatValues<V> ofImmutable(TypeSerializer<V> serializer) {
        if (serializer.getClass() == LongSerializer.class) {
            return (FlatValues<V>) new Longs();
        }
        Word word = Word.of(serializer);
        return word == null ? null : new Boxed<>(word);
    }

    /**
     * Values as words where whoever changes one stores it again: boxed primitives, and Flink's own tuples of them.
     *
     * @return null for all other types
     */
    static <V> @Nullable FlatValues<V> ofStored(TypeSerializer<V> serializer) {
        return serializer.getClass() == TupleSerializer.class
                ? ofTuple((TupleSerializer<?>) serializer)
                : ofImmutable(serializer);
    }

    @SuppressWarnings("unchecked")
    private static <V> @Nullable FlatValues<V> ofTuple(TupleSerializer<?> serializer) {
        TypeSerializer<?>[] fields = serializer.getFieldSerializers();
        if (fields.length == 0 || serializer.getTupleClass() != Tuple.getTupleClass(fields.length)) {
            return null;
        }
        Word[] words = new Word[fields.length];
        for (int i = 0; i < fields.length; i++) {
            Word word = Word.of(fields[i]);
            if (word == null) {
                return null;
            }
            words[i] = word;
        }
        return words.length == 2
                ? (FlatValues<V>) new Pairs(words[0], words[1])
                : new Tuples<>(serializer.getTupleClass(), words);
    }

    private static final class Longs implements FlatValues<Long> {
        @Override
        public int words() {
            return 1;
        }

        @Override
        public boolean fits(Object value) {
            return value.getClass() == Long.class;
        }

        @Override
        public void write(Long value, long[] to, int at) {
            to[at] = value;
        }

        @Override
        public Long read(long[] from, int at) {
            return from[at];
        }
    }

    private static final class Boxed<V> implements FlatValues<V> {
        private final Word word;

        Boxed(Word word) {
            this.word = word;
        }

        @Override
        public int words() {
            return 1;
        }

        @Override
        public boolean fits(Object value) {
            return word.fits(value);
        }

        @Override
        public void write(V value, long[] to, int at) {
            to[at] = word.toLong(value);
        }

        @SuppressWarnings("unchecked")
        @Override
        public V read(long[] from, int at) {
            return (V) word.fromLong(from[at]);
        }
    }

    /** As {@link Tuples}, without the detour over positions: most keyed sums are of pairs. */
    private static final class Pairs implements FlatValues<Tuple2<Object, Object>> {
        private final Word first;
        private final Word second;

        Pairs(Word first, Word second) {
            this.first = first;
            this.second = second;
        }

        @Override
        public int words() {
            return 2;
        }

        @Override
        public boolean fits(Object value) {
            return value.getClass() == Tuple2.class
                    && first.fits(((Tuple2<?, ?>) value).f0)
                    && second.fits(((Tuple2<?, ?>) value).f1);
        }

        @Override
        public void write(Tuple2<Object, Object> value, long[] to, int at) {
            to[at] = first.toLong(value.f0);
            to[at + 1] = second.toLong(value.f1);
        }

        @Override
        public Tuple2<Object, Object> read(long[] from, int at) {
            return new Tuple2<>(first.fromLong(from[at]), second.fromLong(from[at + 1]));
        }
    }

    private static final class Tuples<V> implements FlatValues<V> {
        private final Class<?> type;
        private final Word[] words;

        Tuples(Class<?> type, Word[] words) {
            this.type = type;
            this.words = words;
        }

        @Override
        public int words() {
            return words.length;
        }

        @Override
        public boolean fits(Object value) {
            if (value.getClass() != type) {
                return false;
            }
            Tuple tuple = (Tuple) value;
            for (int i = 0; i < words.length; i++) {
                if (!words[i].fits(tuple.getField(i))) {
                    return false;
                }
            }
            return true;
        }

        @Override
        public void write(V value, long[] to, int at) {
            Tuple tuple = (Tuple) value;
            for (int i = 0; i < words.length; i++) {
                to[at + i] = words[i].toLong(tuple.getField(i));
            }
        }

        @SuppressWarnings("unchecked")
        @Override
        public V read(long[] from, int at) {
            Tuple tuple = Tuple.newInstance(words.length);
            for (int i = 0; i < words.length; i++) {
                tuple.setField(words[i].fromLong(from[at + i]), i);
            }
            return (V) tuple;
        }
    }
}
