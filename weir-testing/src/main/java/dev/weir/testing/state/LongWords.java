package dev.weir.testing.state;

import dev.weir.engine.state.FlatValues;
import org.jspecify.annotations.Nullable;

/** Longs among numbers as words. Two words, so that a mistake in the place of one shows. Stateless. */
public final class LongWords implements FlatValues<Number> {

    @Override
    public int words() {
        return 2;
    }

    @Override
    public boolean hasPart() {
        return false;
    }

    @Override
    public boolean fits(Object value) {
        return value.getClass() == Long.class;
    }

    @Override
    public void write(Number value, long[] to, int at) {
        to[at] = value.longValue();
        to[at + 1] = ~value.longValue();
    }

    @Override
    public @Nullable Object part(Number value) {
        return null;
    }

    @Override
    public Number read(long[] from, int at, @Nullable Object part) {
        if (from[at] != ~from[at + 1]) {
            throw new AssertionError("the words " + from[at] + " and " + from[at + 1] + " were not written together");
        }
        return from[at];
    }
}
