package dev.weir.testing.life;

import java.util.Random;

/** Fails tasks at random places of their code, a limited number of times. */
final class Faults {
    private final Random random;
    private int left;

    /** A task has failed; not a bug. */
    static final class TaskFailure extends RuntimeException {
        TaskFailure(String where) {
            super(where);
        }
    }

    Faults(Random random, int left) {
        this.random = random;
        this.left = left;
    }

    void perhapsAt(String where) {
        if (left > 0 && random.nextInt(600) == 0) {
            left--;
            throw new TaskFailure(where);
        }
    }
}
