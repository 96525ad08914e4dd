package dev.weir.flink.host;

import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.RowFormat;
import dev.weir.engine.state.KeysAhead;
import dev.weir.engine.task.TaskContext;
import dev.weir.flink.record.Whole;
import dev.weir.flink.twin.Link;
import org.apache.flink.metrics.Counter;
import org.jspecify.annotations.Nullable;

/** Counts a run's records at its end, and says what keys are coming. Template: this is the loop that a whole chain is compiled into. */
final class CountedRun implements ChannelRun {
    /** Keys that are told of at once: as many places in memory as a processor may wait for together, by about. */
    private static final int EXPECTED = 16;

    private final Link link;
    private final Counter received;
    private final @Nullable KeysAhead ahead;

    /** @param ahead told of the keys that come next, where there are any */
    CountedRun(Link link, Counter received, @Nullable KeysAhead ahead) {
        this.link = link;
        this.received = received;
        this.ahead = ahead;
    }

    @Override
    public int run(RecordBatch batch, int from, int to, TaskContext task) throws Exception {
        RowFormat format = batch.format();
        int words = format == null ? 0 : format.words();
        Object[] values = batch.values();
        int[] keyHashes = batch.keyHashes();
        KeysAhead expecting = keyHashes.length == 0 ? null : ahead;
        int expected = from;
        int next = from;
        try {
            do {
                if (expecting != null && next == expected) {
                    expected = Math.min(to, next + EXPECTED);
                    expecting.expect(keyHashes, next, expected);
                }
                int i = next++;
                Object value = values[i];
                if (value instanceof Whole whole) {
                    value = whole.value();
                } else if (format != null) {
                    value = format.read(batch.words(), i * words, value);
                }
                link.accept(value, batch.timestamps()[i]);
            } while (next < to && !task.shouldYield());
        } finally {
            received.inc(next - from);
        }
        return next;
    }
}
