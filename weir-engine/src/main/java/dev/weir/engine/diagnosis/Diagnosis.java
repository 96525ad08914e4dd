package dev.weir.engine.diagnosis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What holds a job up at the moment. Immutable.
 *
 * @param culprits vertices that hold others back, in topological order; none where nobody is held back
 * @param slowCheckpoints what checkpoints wait for; null where they are fast, or there are none
 * @param looks how often stacks were looked at; 0 without culprits
 * @param looksMillis that the looks took together, during which all threads stood still
 * @param sampledMillis how long stacks were looked at; 0 without culprits
 * @param gc share of that time that the process was stopped for collections, 0 to 1
 */
public record Diagnosis(
        List<Culprit> culprits,
        @Nullable SlowPart slowCheckpoints,
        int looks,
        double looksMillis,
        long sampledMillis,
        double gc) {

    public Diagnosis {
        culprits = List.copyOf(culprits);
    }

    /** Of a job in which nobody is held back. */
    public static Diagnosis withoutCulprit(@Nullable SlowPart slowCheckpoints) {
        return new Diagnosis(List.of(), slowCheckpoints, 0, 0, 0, 0);
    }

    /** Whether nothing was found. */
    public boolean healthy() {
        return culprits.isEmpty() && slowCheckpoints == null;
    }
}
