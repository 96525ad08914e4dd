package dev.weir.flink.program;

import dev.weir.flink.embed.JobSubmission;
import dev.weir.flink.session.WeirJob;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FlinkException;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the first job that a program submits and starts none. Any thread.
 *
 * @param <T> what there is to see
 */
final class FirstJob<T> implements JobSubmission {
    private final Look<T> look;
    private @Nullable T seen;

    FirstJob(Look<T> look) {
        this.look = look;
    }

    /** What is made of a job. */
    interface Look<T> {
        T at(JobGraph job, ClassLoader userLoader) throws FlinkException;
    }

    /** Ends {@code main}: an error, since programs catch those least. */
    static final class Seen extends Error {
        private static final long serialVersionUID = 1L;

        Seen() {
            super("the program ends here: its job was looked at and is not run", null, false, false);
        }
    }

    @Override
    public WeirJob submit(StreamGraph graph, ClassLoader userLoader) throws FlinkException {
        JobGraph job = graph.getJobGraph(userLoader);
        synchronized (this) {
            if (seen == null) {
                seen = look.at(job, userLoader);
            }
        }
        throw new Seen();
    }

    /** Null while no job has been submitted. */
    synchronized @Nullable T seen() {
        return seen;
    }
}
