package dev.weir.flink.diagnosis;

import dev.weir.engine.diagnosis.KeySpread;
import dev.weir.flink.metric.KeyCounts;
import dev.weir.flink.metric.SubtaskThread;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.jspecify.annotations.Nullable;

/** The keys that some subtasks read for a while. */
final class JobKeys {
    private static final int SHOWN_MAX = 5;

    /** Who is stuck in user code for longer is left out. */
    private static final long WAIT_MILLIS_MAX = 2_000;

    private record Counted(SubtaskThread subtask, CompletableFuture<KeyCounts> counts) {}

    private final List<Counted> all;

    private JobKeys(List<Counted> all) {
        this.all = all;
    }

    /** Counts until then. */
    static JobKeys count(List<SubtaskThread> subtasks, CompletableFuture<?> until) {
        return new JobKeys(subtasks.stream()
                .map(subtask -> new Counted(subtask, subtask.keys().count(until)))
                .toList());
    }

    /** Completes some moments after the end of the counting. */
    CompletableFuture<Void> done() {
        return CompletableFuture.allOf(all.stream()
                .map(each -> each.counts().completeOnTimeout(KeyCounts.NONE, WAIT_MILLIS_MAX, TimeUnit.MILLISECONDS))
                .toArray(CompletableFuture[]::new));
    }

    /** Of a vertex, when it is done; null where no keys were read. */
    @Nullable
    KeySpread of(JobVertexID vertex) {
        List<Counted> counted = all.stream()
                .filter(each -> each.subtask().vertex().equals(vertex))
                .toList();
        long records = counted.stream()
                .mapToLong(each -> each.counts().join().records())
                .sum();
        if (records == 0) {
            return null;
        }
        List<KeySpread.Key> keys = new ArrayList<>();
        List<KeySpread.Group> groups = new ArrayList<>();
        Set<Integer> read = new HashSet<>();
        for (Counted each : counted) {
            int subtask = each.subtask().index();
            KeyCounts counts = each.counts().join();
            for (KeyCounts.Key key : counts.hottest()) {
                keys.add(new KeySpread.Key(key.key(), (double) key.records() / records, subtask));
            }
            for (Map.Entry<Integer, Long> group : counts.keyGroups().entrySet()) {
                groups.add(new KeySpread.Group(group.getKey(), (double) group.getValue() / records, subtask));
                read.add(group.getKey());
            }
        }
        keys.sort(Comparator.comparingDouble(KeySpread.Key::share).reversed());
        groups.sort(Comparator.comparingDouble(KeySpread.Group::share).reversed());
        return new KeySpread(
                records,
                keys.subList(0, Math.min(SHOWN_MAX, keys.size())),
                groups.subList(0, Math.min(SHOWN_MAX, groups.size())),
                read.size());
    }
}
