package dev.weir.it.harness;

import dev.weir.flink.embed.SubmittingExecutor;
import dev.weir.flink.plan.Explanation;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.PipelineExecutor;
import org.apache.flink.core.execution.PipelineExecutorFactory;
import org.apache.flink.core.execution.PipelineExecutorServiceLoader;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FlinkException;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;

/**
 * Weir, with each job explained before it runs, and with an ear on what the log says was built. Both are lines of the same
 * form. Thread-safe.
 */
public final class ExplainedHost implements Host, PipelineExecutorServiceLoader, PipelineExecutorFactory {
    private static final String TARGET = "explained";

    private final Configuration configuration = new Configuration();
    private final WeirSession session = new WeirSession(configuration);
    private final List<String> explained = new ArrayList<>();
    private final List<WeirJob> jobs = new ArrayList<>();
    private final Built built = new Built();

    public ExplainedHost() {
        built.start();
        built.logger.setAdditive(false);
        built.logger.addAppender(built);
        // last, since the others reset it
        built.logger.setLevel(Level.DEBUG);
    }

    private static final class Built extends AbstractAppender {
        private final Logger logger = (Logger) LogManager.getLogger("dev.weir.flink.host.ChainBuilder");
        private final List<String> lines = new ArrayList<>();

        Built() {
            super("built", null, null, true, Property.EMPTY_ARRAY);
        }

        @Override
        public synchronized void append(LogEvent event) {
            lines.add(event.getMessage().getFormattedMessage());
        }

        synchronized List<String> lines() {
            return List.copyOf(lines);
        }
    }

    /** A line for each operator of each job so far. */
    public synchronized List<String> explained() {
        return List.copyOf(explained);
    }

    /** The same, as the chains were built. */
    public List<String> built() {
        return built.lines();
    }

    /** Waits for the jobs so far and tells whether each of them ran to its end, and so was built as a whole. */
    public boolean allFinished() {
        List<WeirJob> all;
        synchronized (this) {
            all = List.copyOf(jobs);
        }
        return all.stream().map(job -> job.result().join()).allMatch(result -> result.status() == JobStatus.FINISHED);
    }

    private WeirJob submit(StreamGraph graph, ClassLoader userLoader) throws FlinkException {
        JobGraph job = graph.getJobGraph(userLoader);
        synchronized (this) {
            try {
                explain(Explanation.of(job, configuration, userLoader));
            } catch (FlinkException e) {
                throw e;
            } catch (Exception e) {
                throw new FlinkException(e);
            }
            WeirJob submitted = session.submit(job, userLoader);
            jobs.add(submitted);
            return submitted;
        }
    }

    private void explain(Explanation explanation) {
        for (Explanation.Vertex vertex : explanation.vertices()) {
            for (Explanation.Operator operator : vertex.operators()) {
                explained.add("operator '" + operator.name() + "' of '" + vertex.name() + "' runs "
                        + (operator.verdict().isNative() ? "native" : "hosted") + ": "
                        + operator.verdict().reason());
            }
        }
    }

    @Override
    public String name() {
        return "weir";
    }

    @Override
    public boolean hasTwins() {
        return true;
    }

    @Override
    public PipelineExecutorServiceLoader executors() {
        return this;
    }

    @Override
    public void configure(Configuration given) {
        given.set(DeploymentOptions.TARGET, TARGET);
        given.set(DeploymentOptions.ATTACHED, true);
    }

    @Override
    public PipelineExecutorFactory getExecutorFactory(Configuration given) {
        return this;
    }

    @Override
    public Stream<String> getExecutorNames() {
        return Stream.of(TARGET);
    }

    @Override
    public String getName() {
        return TARGET;
    }

    @Override
    public boolean isCompatibleWith(Configuration given) {
        return true;
    }

    @Override
    public PipelineExecutor getExecutor(Configuration given) {
        return new SubmittingExecutor(configuration, this::submit);
    }

    @Override
    public void close() {
        session.close();
        built.logger.removeAppender(built);
        built.stop();
    }
}
