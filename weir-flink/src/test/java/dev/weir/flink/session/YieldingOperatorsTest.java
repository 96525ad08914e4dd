package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Operators that yield to the mailbox until a checkpoint of theirs has ended, one way or the other, as they may in Flink. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class YieldingOperatorsTest {
    private static final List<String> HEARD = new CopyOnWriteArrayList<>();
    private static volatile CountDownLatch stall = new CountDownLatch(0);
    private static volatile CompletableFuture<Void> wentOn = new CompletableFuture<>();

    @TempDir
    Path directory;

    @BeforeEach
    void clear() {
        HEARD.clear();
        stall = new CountDownLatch(0);
        wentOn = new CompletableFuture<>();
    }

    /** After its first snapshot, waits in the next record, or the next snapshot, until it has heard what became of it. */
    private static final class Waiting extends AbstractStreamOperator<Long>
            implements OneInputStreamOperator<Long, Long> {
        private static final long serialVersionUID = 1L;

        private final transient MailboxExecutor mailbox;
        private final boolean inSnapshot;
        private long awaited = -1;
        private boolean over;

        Waiting(StreamOperatorParameters<Long> parameters, MailboxExecutor mailbox, boolean inSnapshot) {
            super(parameters);
            this.mailbox = mailbox;
            this.inSnapshot = inSnapshot;
        }

        @Override
        public void prepareSnapshotPreBarrier(long checkpointId) throws Exception {
            if (inSnapshot) {
                awaitEnd();
            }
        }

        @Override
        public void snapshotState(StateSnapshotContext context) {
            if (awaited < 0) {
                awaited = context.getCheckpointId();
                HEARD.add("snapshot");
            }
        }

        @Override
        public void processElement(StreamRecord<Long> element) throws Exception {
            if (!inSnapshot) {
                awaitEnd();
            }
            output.collect(element);
        }

        private void awaitEnd() throws InterruptedException {
            if (awaited < 0 || wentOn.isDone()) {
                return;
            }
            HEARD.add("waits");
            if (inSnapshot) {
                stall.countDown();
            }
            while (!over) {
                mailbox.yield();
            }
            HEARD.add("goes on");
            wentOn.complete(null);
        }

        @Override
        public void notifyCheckpointComplete(long checkpointId) {
            end("complete", checkpointId);
        }

        @Override
        public void notifyCheckpointAborted(long checkpointId) {
            end("aborted", checkpointId);
        }

        private void end(String how, long checkpointId) {
            if (checkpointId == awaited) {
                HEARD.add(how);
                over = true;
            }
        }
    }

    private static final class WaitingFactory extends AbstractStreamOperatorFactory<Long>
            implements OneInputStreamOperatorFactory<Long, Long> {
        private static final long serialVersionUID = 1L;

        private final boolean inSnapshot;

        WaitingFactory(boolean inSnapshot) {
            this.inSnapshot = inSnapshot;
        }

        @Override
        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as the interface has it
        public <T extends StreamOperator<Long>> T createStreamOperator(StreamOperatorParameters<Long> parameters) {
            return (T) new Waiting(parameters, parameters.getMailboxExecutor(), inSnapshot);
        }

        @Override
        @SuppressWarnings("rawtypes") // as the interface has it
        public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader loader) {
            return Waiting.class;
        }
    }

    /** Writes its state when the test lets it. */
    private static final class Stalling extends AbstractStreamOperator<Long>
            implements OneInputStreamOperator<Long, Long> {
        private static final long serialVersionUID = 1L;

        private final AtomicBoolean stalled = new AtomicBoolean();

        @Override
        public void snapshotState(StateSnapshotContext context) throws Exception {
            if (stalled.compareAndSet(false, true)) {
                stall.await();
            }
        }

        @Override
        public void processElement(StreamRecord<Long> element) {
            output.collect(element);
        }
    }

    private void run(Configuration options, boolean inSnapshot) throws Exception {
        options.set(
                CheckpointingOptions.CHECKPOINTS_DIRECTORY, directory.toUri().toString());
        options.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofMillis(10));
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, options);
        env.fromSequence(1, Long.MAX_VALUE / 2)
                .transform("waiting", Types.LONG, new WaitingFactory(inSnapshot))
                .rebalance()
                .transform("stalling", Types.LONG, new Stalling())
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob job = session.submit(env.getStreamGraph(), YieldingOperatorsTest.class.getClassLoader());
            CompletableFuture.anyOf(wentOn, job.result()).get(30, TimeUnit.SECONDS);
            stall.countDown();
            job.cancel().get();
            assertThat(job.status()).isEqualTo(JobStatus.CANCELED);
        }
    }

    @Test
    void aRecordMayWaitForTheCompletionOfACheckpoint() throws Exception {
        run(new Configuration(), false);

        assertThat(HEARD).containsSubsequence("snapshot", "complete", "goes on");
    }

    @Test
    void soMayTheNextCheckpointBeforeItsBarrierIsSent() throws Exception {
        stall = new CountDownLatch(1);
        run(new Configuration().set(CheckpointingOptions.MAX_CONCURRENT_CHECKPOINTS, 2), true);

        assertThat(HEARD).containsExactly("snapshot", "waits", "complete", "goes on");
    }

    @Test
    void aRecordMayWaitForACheckpointThatIsGivenUp() throws Exception {
        stall = new CountDownLatch(1);
        run(
                new Configuration()
                        .set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofSeconds(2))
                        .set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, 1000),
                false);

        assertThat(HEARD).containsExactly("snapshot", "waits", "aborted", "goes on");
    }
}
