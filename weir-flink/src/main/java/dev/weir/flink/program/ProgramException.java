package dev.weir.flink.program;

import org.jspecify.annotations.Nullable;

/** A program that cannot be run, or whose {@code main} failed. The message is meant for the user as it stands. */
public final class ProgramException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Reason {
        /** The path leads to nothing that can be read as a file. */
        NO_SUCH_JAR,
        /** There is a file, but it is no jar, or a broken one. */
        NOT_A_JAR,
        /** Neither the user nor the manifest names the class to run. */
        NO_MAIN_CLASS,
        /** The class to run is not there or cannot be loaded. */
        CLASS_NOT_FOUND,
        /** The class to run has no {@code public static void main(String[])}, or is not public. */
        NO_MAIN_METHOD,
        /** A class path entry cannot be used. */
        BAD_CLASSPATH,
        /** PyFlink, which is refused. */
        PYTHON,
        /** The program needs classes or methods that this Flink does not have. */
        OTHER_FLINK,
        /** {@code main} threw. */
        MAIN_FAILED,
        /** {@code main} returned and no job was ever executed. */
        NO_JOB
    }

    private final Reason reason;

    ProgramException(Reason reason, String message) {
        this(reason, message, null);
    }

    ProgramException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
