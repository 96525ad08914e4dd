package dev.weir.cli;

/** What the process ends with. Ends by signal are the JVM's: 130 after an interrupt, 143 after SIGTERM. */
final class ExitCode {
    /** Every job finished, or was cancelled by the program itself. */
    static final int FINISHED = 0;

    /** A job failed, {@code main} threw, or it executed no job. */
    static final int FAILED = 1;

    /** The command line, the configuration or the jar is at fault; nothing was run. */
    static final int USAGE = 2;

    /** A budget of the memory is used up. */
    static final int OUT_OF_MEMORY = 3;

    /** Ended by Ctrl-C. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}
}
