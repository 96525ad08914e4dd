package dev.weir.testing.state;

import dev.weir.engine.state.Codec;
import dev.weir.engine.state.FlatValues;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A type of values of the contract kit. Stateless. */
interface ContractValues<V> {

    Codec<V> codec();

    /** The values as words, null for a type that is always objects. */
    @Nullable
    FlatValues<V> flat();

    /** What adding a number to a value gives; may change the value. Null is a value without numbers. */
    V appended(@Nullable V value, long added);

    /** Whether transformations store null now and then. */
    boolean areOftenNull();

    /** Adds a number in place; does nothing where the type is immutable. */
    void change(V value, long added);

    /** Lists, which can change. */
    static ContractValues<List<Long>> lists() {
        return new Lists();
    }

    /** Immutable numbers: longs, and now and then a double, which is no word. */
    static ContractValues<Number> numbers() {
        return new Numbers();
    }

    /** See {@link #lists}. */
    final class Lists implements ContractValues<List<Long>> {
        @Override
        public Codec<List<Long>> codec() {
            return new LongListCodec();
        }

        @Override
        public @Nullable FlatValues<List<Long>> flat() {
            return null;
        }

        @Override
        public List<Long> appended(@Nullable List<Long> value, long added) {
            List<Long> list = value == null ? new ArrayList<>() : value;
            list.add(added);
            return list;
        }

        @Override
        public boolean areOftenNull() {
            return true;
        }

        @Override
        public void change(List<Long> value, long added) {
            value.add(added);
        }
    }

    /** See {@link #numbers}. */
    final class Numbers implements ContractValues<Number> {
        private static final int WORD_MISSES = 997;

        @Override
        public Codec<Number> codec() {
            return new NumberCodec();
        }

        @Override
        public FlatValues<Number> flat() {
            return new LongWords();
        }

        @Override
        public Number appended(@Nullable Number value, long added) {
            long sum = 31 * (value == null ? 0 : value.longValue()) + added;
            return sum % WORD_MISSES == 0 ? (Number) (double) sum : (Number) sum;
        }

        // One null makes a store give up keeping words.
        @Override
        public boolean areOftenNull() {
            return false;
        }

        @Override
        public void change(Number value, long added) {}
    }
}
