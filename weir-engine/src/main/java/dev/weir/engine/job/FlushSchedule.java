package dev.weir.engine.job;

import dev.weir.engine.exchange.ChannelWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** When which writers are flushed for their buffer timeout. Owned by the supervisor's thread. */
final class FlushSchedule {
    private static final class Group {
        final long periodNanos;
        final List<ChannelWriter> writers = new ArrayList<>();
        long dueNanos;

        Group(long timeoutMillis) {
            periodNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        }
    }

    private final List<Group> groups;
    private boolean started;

    FlushSchedule(List<ChannelWriter> writers) {
        Map<Long, Group> byTimeout = new TreeMap<>();
        for (ChannelWriter writer : writers) {
            if (writer.bufferTimeoutMillis() > 0) {
                byTimeout
                        .computeIfAbsent(writer.bufferTimeoutMillis(), Group::new)
                        .writers
                        .add(writer);
            }
        }
        groups = List.copyOf(byTimeout.values());
    }

    /** Flushes what is due. Returns the nanoseconds until the next is, {@link Long#MAX_VALUE} where none ever will be. */
    long flushDue(long nowNanos) {
        long wait = Long.MAX_VALUE;
        for (Group group : groups) {
            if (!started) {
                group.dueNanos = nowNanos + group.periodNanos;
            } else if (group.dueNanos - nowNanos <= 0) {
                group.writers.forEach(ChannelWriter::flush);
                group.dueNanos = nowNanos + group.periodNanos;
            }
            wait = Math.min(wait, group.dueNanos - nowNanos);
        }
        started = true;
        return wait;
    }
}
