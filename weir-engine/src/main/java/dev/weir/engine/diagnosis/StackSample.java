package dev.weir.engine.diagnosis;

import java.lang.management.ThreadInfo;
import java.util.List;

/**
 * One look at a thread. Immutable.
 *
 * @param frames the innermost first
 */
public record StackSample(Thread.State state, List<StackTraceElement> frames) {

    public StackSample {
        frames = List.copyOf(frames);
    }

    /** What a bean has seen. */
    public static StackSample of(ThreadInfo info) {
        return new StackSample(info.getThreadState(), List.of(info.getStackTrace()));
    }

    /** By the JVM's state, as in Flink: a thread within a system call counts as running. */
    public boolean onCpu() {
        return state == Thread.State.RUNNABLE || state == Thread.State.NEW;
    }
}
