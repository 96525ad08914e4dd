package dev.weir.flink.program;

import dev.weir.flink.embed.JobSubmission;
import dev.weir.flink.plan.Explanation;
import dev.weir.flink.session.WeirJob;
import java.io.IOException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FlinkException;
import org.jspecify.annotations.Nullable;

/** Explains the first job that a program submits and starts none. Any thread. */
final class Explaining implements JobSubmission {
    private final Configuration configuration;
    private @Nullable Explanation explanation;

    Explaining(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Ends {@code main}: an error, since programs catch those least. */
    static final class Explained extends Error {
        private static final long serialVersionUID = 1L;

        Explained() {
            super("the program ends here: its job was explained and is not run", null, false, false);
        }
    }

    @Override
    public WeirJob submit(StreamGraph graph, ClassLoader userLoader) throws FlinkException {
        JobGraph job = graph.getJobGraph(userLoader);
        synchronized (this) {
            if (explanation == null) {
                try {
                    explanation = Explanation.of(job, configuration, userLoader);
                } catch (IOException | ClassNotFoundException e) {
                    throw new FlinkException("the configuration of job '" + job.getName() + "' cannot be read", e);
                }
            }
        }
        throw new Explained();
    }

    /** Null while no job has been submitted. */
    synchronized @Nullable Explanation explanation() {
        return explanation;
    }
}
