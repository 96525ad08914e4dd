package dev.weir.bench.limit;

import dev.weir.bench.input.Hash;
import dev.weir.bench.input.Stream;

/** A half that makes (key, time, value), three numbers an event. */
abstract class Events extends Half {
    static final int KEY = 0;
    static final int TIME = 1;
    static final int VALUE = 2;
    static final int LONGS = 3;

    final Stream input;

    Events(Stream input) {
        this.input = input;
    }

    @Override
    void generate(long from, long end, Batch[] out) {
        for (long i = from; i < end; i++) {
            long key = input.key(i);
            out[owner(Hash.mix(key))].add(key, time(i), input.value(i));
        }
    }

    long time(long i) {
        return input.time(i);
    }
}
