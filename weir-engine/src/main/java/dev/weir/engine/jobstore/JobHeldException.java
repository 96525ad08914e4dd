package dev.weir.engine.jobstore;

import java.io.IOException;

/** A live process runs the job already. */
public final class JobHeldException extends IOException {
    private final String holder;

    JobHeldException(String jobKey, String holder) {
        super("job '" + jobKey + "' is run by process " + holder
                + " already; cancel or suspend that one, or give this one another --job-key");
        this.holder = holder;
    }

    /** The process that has it. */
    public String holder() {
        return holder;
    }
}
