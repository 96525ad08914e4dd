package dev.weir.engine.checkpoint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The completed checkpoints that the job can go back to, oldest first. Savepoints are never among them. */
final class RetainedCheckpoints {

    static final long NONE_ID = 0;

    private final int numRetained;
    private final Deque<RetainedCheckpoint> checkpoints = new ArrayDeque<>();

    RetainedCheckpoints(int numRetained) {
        this.numRetained = numRetained;
    }

    void replaceAll(List<RetainedCheckpoint> found) {
        checkpoints.clear();
        checkpoints.addAll(found);
    }

    /** Adds the newest. Returns those that make room for it, oldest first. */
    List<RetainedCheckpoint> add(RetainedCheckpoint newest) {
        checkpoints.addLast(newest);
        List<RetainedCheckpoint> subsumed = new ArrayList<>();
        while (checkpoints.size() > numRetained) {
            subsumed.add(checkpoints.removeFirst());
        }
        return subsumed;
    }

    List<RetainedCheckpoint> drain() {
        List<RetainedCheckpoint> all = all();
        checkpoints.clear();
        return all;
    }

    List<RetainedCheckpoint> all() {
        return List.copyOf(checkpoints);
    }

    long latestId() {
        RetainedCheckpoint latest = checkpoints.peekLast();
        return latest == null ? NONE_ID : latest.id();
    }

    /** Whether the next checkpoint must share nothing with the one that the job runs from. */
    boolean isLatestUnclaimed() {
        RetainedCheckpoint latest = checkpoints.peekLast();
        return latest != null && !latest.claimed();
    }
}
