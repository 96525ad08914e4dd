package dev.weir.flink.differential;

import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * A stream of a random job and what is known of it.
 *
 * @param records about how many
 * @param parallelism of what emits it
 * @param ordered whether its order is the same however the operators before it run; else what works on it must not depend
 *     on the order of what comes between two watermarks
 */
record Flow<T>(DataStream<T> stream, Shape<T> shape, int parallelism, long records, boolean ordered) {
    Flow<T> ofAbout(long estimate) {
        return new Flow<>(stream, shape, parallelism, estimate, ordered);
    }
}
