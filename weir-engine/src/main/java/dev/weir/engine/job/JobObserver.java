package dev.weir.engine.job;

import dev.weir.engine.task.SubtaskId;
import org.jspecify.annotations.Nullable;

/** Hears of state changes. Called on engine threads, in order per subtask; must be quick and must not throw. */
public interface JobObserver {
    default void onSubtask(SubtaskId subtask, SubtaskState state, long epochMillis, @Nullable Throwable failure) {}

    /** The state of the run. A terminal one is announced when every thread has ended, or the watchdog has given one up. */
    default void onJob(JobState state, long epochMillis, @Nullable Throwable failure) {}

    /**
     * Something failed that is not the cause of the job's end: what user code threw from {@code cancel} or {@code close}
     * of a task that was ending anyway, or a thread that was given up while the job was failing.
     */
    default void onSecondaryFailure(SubtaskId subtask, Throwable failure) {}
}
