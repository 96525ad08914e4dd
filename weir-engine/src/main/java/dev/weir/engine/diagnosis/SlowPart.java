package dev.weir.engine.diagnosis;

import dev.weir.engine.checkpoint.CheckpointStatistics;
import dev.weir.engine.checkpoint.CheckpointStatistics.Checkpoint;
import dev.weir.engine.checkpoint.CheckpointStatistics.SubtaskRow;
import dev.weir.engine.checkpoint.CheckpointStatistics.Vertex;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the latest checkpoints waited for longest: a part of one subtask's.
 *
 * @param vertex name
 * @param subtask from 0
 * @param meanMillis that the part took
 * @param endToEndMillis that these checkpoints took, mean
 * @param checkpoints how many were looked at
 */
public record SlowPart(String vertex, int subtask, Part part, long meanMillis, long endToEndMillis, int checkpoints) {

    /** Those looked at: what was long ago is of no use. */
    private static final int CHECKPOINTS_MAX = 5;

    /** Nobody waits for a checkpoint that is faster. */
    private static final long SLOW_MILLIS_MIN = 500;

    /** A part of a subtask's checkpoint. What is a subtask's own comes first, as delays follow from what others do. */
    public enum Part {
        SYNC("sync part"),
        ASYNC("async part"),
        ALIGNMENT("alignment"),
        START_DELAY("start delay");

        private final String text;

        Part(String text) {
            this.text = text;
        }

        /** In words. */
        public String text() {
            return text;
        }

        private long millis(SubtaskRow row) {
            return switch (this) {
                case SYNC -> row.syncMillis();
                case ASYNC -> row.asyncMillis();
                case ALIGNMENT -> row.alignmentMillis();
                case START_DELAY -> row.startDelayMillis();
            };
        }
    }

    private record Place(String vertex, int number, int subtask, Part part) {}

    /** Looks at the latest completed ones; nothing where there is none, or where they are fast. */
    public static Optional<SlowPart> of(CheckpointStatistics known) {
        List<Checkpoint> latest = known.history().stream()
                .filter(each -> each.status() == CheckpointStatistics.Status.COMPLETED)
                .limit(CHECKPOINTS_MAX)
                .toList();
        if (latest.isEmpty()) {
            return Optional.empty();
        }
        long endToEnd = latest.stream().mapToLong(Checkpoint::endToEndMillis).sum() / latest.size();
        if (endToEnd < SLOW_MILLIS_MIN) {
            return Optional.empty();
        }
        Map<Place, Long> sums = new HashMap<>();
        for (Checkpoint checkpoint : latest) {
            for (Vertex vertex : checkpoint.vertices()) {
                for (SubtaskRow row : vertex.subtasks()) {
                    for (Part part : Part.values()) {
                        sums.merge(
                                new Place(vertex.name(), vertex.vertex(), row.index(), part),
                                part.millis(row),
                                Long::sum);
                    }
                }
            }
        }
        return sums.entrySet().stream()
                .max(Map.Entry.<Place, Long>comparingByValue().thenComparing(entry -> entry.getKey(), SlowPart::later))
                .map(entry -> new SlowPart(
                        entry.getKey().vertex(),
                        entry.getKey().subtask(),
                        entry.getKey().part(),
                        entry.getValue() / latest.size(),
                        endToEnd,
                        latest.size()));
    }

    /** Of two that are as slow the one that comes first is greater, so that the answer depends on nothing else. */
    private static int later(Place one, Place other) {
        int byPart = other.part().compareTo(one.part());
        int byVertex = Integer.compare(other.number(), one.number());
        return byPart != 0 ? byPart : byVertex != 0 ? byVertex : Integer.compare(other.subtask(), one.subtask());
    }
}
