package dev.weir.engine.task;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How a task has spent its time, in nanoseconds. Written by the task's thread, once per step; read by any thread, each
 * figure by itself up to date to the last step.
 */
public final class TaskTimes {
    private static final VarHandle IDLE;
    private static final VarHandle BUSY;
    private static final VarHandle BACKPRESSURED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            IDLE = lookup.findVarHandle(TaskTimes.class, "idle", long.class);
            BUSY = lookup.findVarHandle(TaskTimes.class, "busy", long.class);
            BACKPRESSURED = lookup.findVarHandle(TaskTimes.class, "backpressured", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long idle;
    private long busy;
    private long backpressured;

    TaskTimes() {}

    /** Nothing to do: no mail, no input. */
    public long idleNanos() {
        return (long) IDLE.getOpaque(this);
    }

    public long busyNanos() {
        return (long) BUSY.getOpaque(this);
    }

    /** Held back by a full output, within a record or between two. */
    public long backpressuredNanos() {
        return (long) BACKPRESSURED.getOpaque(this);
    }

    /** @param blocked the part of {@code elapsed} spent blocked on a full channel */
    void add(TaskLoop.Step step, long elapsed, long blocked) {
        long rest = elapsed - blocked;
        long held = blocked;
        if (step == TaskLoop.Step.BACKPRESSURED) {
            held = elapsed;
        } else if (step == TaskLoop.Step.IDLE) {
            IDLE.setOpaque(this, idle + rest);
        } else {
            BUSY.setOpaque(this, busy + rest);
        }
        if (held != 0) {
            BACKPRESSURED.setOpaque(this, backpressured + held);
        }
    }
}
