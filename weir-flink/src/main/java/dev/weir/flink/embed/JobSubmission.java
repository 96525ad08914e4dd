package dev.weir.flink.embed;

import dev.weir.flink.session.WeirJob;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FlinkException;

/** Where jobs go: {@code session::submit}. Any thread; returns when the job is started and throws what prevents that. */
@FunctionalInterface
public interface JobSubmission {
    WeirJob submit(StreamGraph graph, ClassLoader userLoader) throws FlinkException;
}
