package dev.weir.flink.session;

import java.util.List;
import java.util.Optional;
import org.apache.flink.api.common.JobID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.graph.StreamGraph;

/** Runs jobs in this process: what a session cluster is in Flink. Thread-safe. */
public final class WeirSession implements AutoCloseable {
    private final Configuration configuration;

    public WeirSession(Configuration configuration) {
        this.configuration = configuration;
    }

    public Configuration configuration() {
        return configuration;
    }

    /** Translates and starts a job; the translation's errors are thrown here. */
    public WeirJob submit(StreamGraph graph, ClassLoader userLoader) {
        throw new UnsupportedOperationException("skeleton: " + graph + userLoader);
    }

    public WeirJob submit(JobGraph graph, ClassLoader userLoader) {
        throw new UnsupportedOperationException("skeleton: " + graph + userLoader);
    }

    public Optional<WeirJob> find(JobID id) {
        return Optional.empty();
    }

    public List<WeirJob> jobs() {
        return List.of();
    }

    /** Cancels what still runs and waits for it. */
    @Override
    public void close() {}
}
