package dev.weir.bench.measure;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Counts the records of one source subtask, on its thread. */
public final class Lap {
    private static final VarHandle PASSED;

    static {
        try {
            PASSED = MethodHandles.lookup().findVarHandle(Lap.class, "passed", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Marks marks;
    // read by the thread that marks the start: opaque, which is a plain store and is not held back in a register
    private long passed;
    private long next;

    Lap(Marks marks) {
        this.marks = marks;
    }

    /** Before a record is emitted. */
    public void pass() {
        long before = passed;
        if (before == next) {
            turn(before);
        }
        PASSED.setOpaque(this, before + 1);
    }

    /** The same for many: before these records are emitted. Marks fall on the first record of a block. */
    public void pass(int records) {
        long before = passed;
        if (before >= next) {
            turn(before);
        }
        PASSED.setOpaque(this, before + records);
    }

    private void turn(long before) {
        if (before == 0) {
            marks.meet();
            next = marks.quarter();
        } else {
            marks.quarterPassed();
            next = Long.MAX_VALUE;
        }
    }

    long passed() {
        return (long) PASSED.getOpaque(this);
    }
}
