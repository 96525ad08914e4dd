package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.datastream.MultipleConnectedStreams;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.operators.AbstractInput;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorV2;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.Input;
import org.apache.flink.streaming.api.operators.MultipleInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.transformations.MultipleInputTransformation;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A task with a source of its own beside inputs from other tasks hears of a savepoint through these. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ChainedSourceStopTest {
    private static final AtomicLong CHAINED = new AtomicLong();
    private static volatile CountDownLatch flowing = new CountDownLatch(2);

    @TempDir
    Path directory;

    private static final class Merging extends AbstractStreamOperatorV2<Long>
            implements MultipleInputStreamOperator<Long> {
        Merging(StreamOperatorParameters<Long> parameters) {
            super(parameters, 2);
        }

        @Override
        @SuppressWarnings("rawtypes") // as Flink declares it
        public List<Input> getInputs() {
            return List.of(input(1), input(2));
        }

        @SuppressWarnings("unchecked") // a method of Flink's AbstractInput is
        private Input<Long> input(int number) {
            return new AbstractInput<Long, Long>(this, number) {
                private boolean seen;

                @Override
                public void processElement(StreamRecord<Long> element) {
                    if (!seen) {
                        seen = true;
                        flowing.countDown();
                    }
                    if (number == 1) {
                        CHAINED.incrementAndGet();
                        LockSupport.parkNanos(10_000);
                    }
                    output.collect(element);
                }
            };
        }
    }

    private static final class Factory extends AbstractStreamOperatorFactory<Long> {
        @Override
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as Flink declares it
        public <T extends StreamOperator<Long>> T createStreamOperator(StreamOperatorParameters<Long> parameters) {
            return (T) new Merging(parameters);
        }

        @Override
        @SuppressWarnings("rawtypes")
        public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader loader) {
            return Merging.class;
        }
    }

    @Test
    void itsSourceStopsToo() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, new Configuration());
        env.enableCheckpointing(600_000);
        Factory factory = new Factory();
        factory.setChainingStrategy(ChainingStrategy.HEAD_WITH_SOURCES);
        MultipleInputTransformation<Long> merging =
                new MultipleInputTransformation<>("merging", factory, Types.LONG, 1);
        merging.addInput(env.fromSource(
                        new NumberSequenceSource(1, Long.MAX_VALUE / 2), WatermarkStrategy.noWatermarks(), "chained")
                .getTransformation());
        merging.addInput(env.fromSequence(1, Long.MAX_VALUE / 2).rebalance().getTransformation());
        env.addOperator(merging);
        new MultipleConnectedStreams(env).transform(merging).sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job =
                    session.submit(env.getStreamGraph().getJobGraph(), ChainedSourceStopTest.class.getClassLoader());
            flowing.await();
            Subtasks.awaitRunning(job);
            job.checkpoint(true).get(50, TimeUnit.SECONDS);

            String savepoint = job.stopWithSavepoint(false, directory.toUri().toString(), SavepointFormatType.CANONICAL)
                    .get(50, TimeUnit.SECONDS);

            assertThat(savepoint).isNotEmpty();
            assertThat(job.result().get(50, TimeUnit.SECONDS).status()).isEqualTo(JobStatus.FINISHED);
            assertThat(CHAINED).hasPositiveValue();
        }
    }
}
