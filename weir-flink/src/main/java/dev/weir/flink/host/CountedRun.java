package dev.weir.flink.host;

import dev.weir.engine.exchange.RecordBatch;
import dev.weir.engine.exchange.RowFormat;
import dev.weir.engine.task.TaskContext;
import dev.weir.flink.record.Whole;
import dev.weir.flink.twin.Link;
import org.apache.flink.metrics.Counter;

/** Counts a run's records at its end. Template: this is the loop that a whole chain is compiled into. */
final class CountedRun implements ChannelRun {
    private final Link link;
    private final Counter received;

    CountedRun(Link link, Counter received) {
        this.link = link;
        this.received = received;
    }

    @Override
    public int run(RecordBatch batch, int from, int to, TaskContext task) throws Exception {
        RowFormat format = batch.format();
        int words = format == null ? 0 : format.words();
        Object[] values = batch.values();
        int next = from;
        try {
            do {
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
