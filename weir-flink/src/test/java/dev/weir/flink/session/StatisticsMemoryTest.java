package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.testing.wait.Waits;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is known of a job's past takes no more memory the longer it runs. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class StatisticsMemoryTest {
    private static final int CHECKPOINTS = 120;
    private static final int CHECKPOINTS_PER_FAILURE = 3;

    @TempDir
    Path directory;

    /** Fails after every third checkpoint that its attempt hears of. */
    private static final class FailsNowAndThen extends RichMapFunction<Long, Long> implements CheckpointListener {
        private transient int heardOf;

        @Override
        public Long map(Long number) {
            if (heardOf == CHECKPOINTS_PER_FAILURE) {
                throw new IllegalStateException("on purpose");
            }
            LockSupport.parkNanos(100_000);
            return number;
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            heardOf++;
        }
    }

    private JobGraph job() {
        StreamExecutionEnvironment env = RecoveryTest.environment(1, directory);
        env.configure(new Configuration()
                .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, Integer.MAX_VALUE));
        env.fromSequence(0, Long.MAX_VALUE - 1)
                .map(new FailsNowAndThen())
                .keyBy(number -> number % 10)
                .reduce(Long::sum)
                .sinkTo(new DiscardingSink<>());
        return env.getStreamGraph().getJobGraph();
    }

    @Test
    void checkpointsAndFailuresOfLongAgoTakeNone() throws Exception {
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(job(), getClass().getClassLoader());
            awaitCheckpoints(job, CHECKPOINTS);
            Map<String, Long> before = objects();
            awaitCheckpoints(job, 3 * CHECKPOINTS);
            // views of metrics that are no more are known to Flink's registry for five seconds
            Map<String, Long> grown = grown(before);
            while (!grown.isEmpty() && !Thread.currentThread().isInterrupted()) {
                grown = grown(before);
            }
            assertThat(grown)
                    .as("more objects after %d more checkpoints, by class", 2 * CHECKPOINTS)
                    .isEmpty();
            job.cancel().get(30, TimeUnit.SECONDS);
        }
    }

    private static Map<String, Long> grown(Map<String, Long> before) throws JMException {
        Map<String, Long> grown = new TreeMap<>();
        objects().forEach((type, count) -> {
            long more = count - before.getOrDefault(type, 0L);
            if (more >= CHECKPOINTS / CHECKPOINTS_PER_FAILURE) {
                grown.put(type, more);
            }
        });
        return grown;
    }

    private static void awaitCheckpoints(WeirJob job, long count) {
        while (job.checkpoints().orElseThrow().counts().completed() < count) {
            assertThat(job.result()).as("the end of the job").isNotDone();
            Waits.aMoment();
        }
    }

    /** Reachable objects of Weir's and Flink's classes, by class. */
    private static Map<String, Long> objects() throws JMException {
        System.gc();
        System.runFinalization();
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        Map<String, Long> objects = new TreeMap<>();
        for (String line : histogram.split("\n")) {
            String[] columns = line.trim().split("\\s+"); // number, instances, bytes, class
            if (columns.length >= 4
                    && (columns[3].startsWith("dev.weir.") || columns[3].startsWith("org.apache.flink."))) {
                objects.put(columns[3], Long.valueOf(columns[1]));
            }
        }
        assertThat(objects).isNotEmpty();
        return objects;
    }
}
