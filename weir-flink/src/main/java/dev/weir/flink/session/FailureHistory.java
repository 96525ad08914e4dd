package dev.weir.flink.session;

import dev.weir.engine.task.SubtaskId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.flink.util.SerializedThrowable;
import org.jspecify.annotations.Nullable;

/**
 * The latest failures of a job, restarts included, in a form that holds none of the user's classes. Thread-safe.
 */
final class FailureHistory {
    private final int sizeMax;
    private final Deque<WeirJob.Failure> failures = new ArrayDeque<>();
    private @Nullable Throwable newest;

    FailureHistory(int sizeMax) {
        this.sizeMax = sizeMax;
    }

    /** @param subtask null where the failure is the job's; such a one is left out where it is only the newest again */
    synchronized void add(long epochMillis, @Nullable SubtaskId subtask, Throwable cause) {
        if (sizeMax <= 0 || (subtask == null && cause == newest)) {
            return;
        }
        newest = cause;
        failures.addLast(new WeirJob.Failure(epochMillis, subtask, new SerializedThrowable(cause)));
        if (failures.size() > sizeMax) {
            failures.removeFirst();
        }
    }

    /** Nothing more will happen, and what the user threw can go. */
    synchronized void ended() {
        newest = null;
    }

    synchronized List<WeirJob.Failure> oldestFirst() {
        return new ArrayList<>(failures);
    }
}
