package dev.weir.flink.host;

import dev.weir.engine.task.TaskContext;
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
    public int run(Object[] values, long[] timestamps, int from, int to, TaskContext task) throws Exception {
        int next = from;
        try {
            do {
                int i = next++;
                link.accept(values[i], timestamps[i]);
            } while (next < to && !task.shouldYield());
        } finally {
            received.inc(next - from);
        }
        return next;
    }
}
