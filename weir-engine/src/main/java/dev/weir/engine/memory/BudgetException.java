package dev.weir.engine.memory;

import java.util.List;
import java.util.stream.Collectors;

/** Sizes that contradict each other. The message names them, and what would resolve it. */
public final class BudgetException extends Exception {
    private static final long serialVersionUID = 1L;

    /** Which rule is broken. */
    public enum Kind {
        /** Nothing says how large the process is. */
        UNSIZED,
        /** A fraction outside of [0, 1), or its lower bound above its upper one. */
        SHARE,
        /** Parts that are larger than the total Flink memory. */
        OVER_FLINK,
        /** Parts that are all set and not what the total Flink memory is set to. */
        NOT_FLINK,
        /** What is left for the network is outside of its bounds. */
        NETWORK,
        /** Flink's memory and the JVM's own are larger than the process. */
        OVER_PROCESS,
        /** What is left for the JVM's overhead is outside of its bounds. */
        OVERHEAD,
        /** More bytes than can be counted. */
        OVERFLOW
    }

    private final Kind kind;
    private final transient List<Change> changes;

    BudgetException(Kind kind, String message, List<Change> changes) {
        super(message + "; " + advice(changes));
        this.kind = kind;
        this.changes = List.copyOf(changes);
    }

    private static String advice(List<Change> changes) {
        return changes.isEmpty()
                ? "no single key resolves this"
                : "set " + changes.stream().map(Change::text).collect(Collectors.joining(", or "));
    }

    public Kind kind() {
        return kind;
    }

    /** Each resolves the contradiction by itself, the smallest first; empty where no single key does. */
    public List<Change> changes() {
        return changes;
    }
}
