package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.testing.wait.Waits;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.client.JobSubmissionException;
import org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Jobs that share the slots of a process. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SlotQuotaTest {
    private static final int SLOTS = 3;

    /** Managed memory of the slots that subtasks have come to; static as operators are serialized. */
    private static final ConcurrentLinkedQueue<Long> BYTES = new ConcurrentLinkedQueue<>();

    private final WeirSession session = WeirSession.withQuotas(new Configuration()
            .set(TaskManagerOptions.NUM_TASK_SLOTS, SLOTS)
            .set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(96)));

    private static final class TellsMemory extends AbstractStreamOperator<Long>
            implements OneInputStreamOperator<Long, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public void open() {
            BYTES.add(getContainingTask().getEnvironment().getMemoryManager().getMemorySize());
        }

        @Override
        public void processElement(StreamRecord<Long> record) {
            output.collect(record);
        }
    }

    @BeforeEach
    void clear() {
        BYTES.clear();
    }

    @AfterEach
    void close() {
        session.close();
    }

    private WeirJob endless(String name, int parallelism, Configuration ofJob) throws Exception {
        StreamExecutionEnvironment env = new StreamExecutionEnvironment(ofJob);
        env.setParallelism(parallelism);
        env.fromSequence(1, Long.MAX_VALUE)
                .transform("tells", Types.LONG, new TellsMemory())
                .sinkTo(new DiscardingSink<>());
        var graph = env.getStreamGraph();
        graph.setJobName(name);
        return session.submit(graph, getClass().getClassLoader());
    }

    @Test
    void aSlotHasItsPartOfManagedMemoryWhateverOthersHave() throws Exception {
        endless("narrow", 1, new Configuration());
        // what a job says of the process counts for nothing
        endless("wide", 2, new Configuration().set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.parse("1g")));

        while (BYTES.size() < SLOTS) {
            Waits.aMoment();
        }
        assertThat(BYTES).containsOnly(MemorySize.ofMebiBytes(32).getBytes());
    }

    @Test
    void aJobThatFindsTooFewSlotsIsToldHowManyAndRunsWhenTheyAreFree() throws Exception {
        WeirJob first = endless("first", 2, new Configuration());

        assertThatThrownBy(() -> endless("second", 2, new Configuration()))
                .isInstanceOf(JobSubmissionException.class)
                .hasCauseInstanceOf(NoResourceAvailableException.class)
                .hasMessage(
                        "job 'second' needs slots=2 > free=1 of 3: other jobs have the rest; end one of them, or start the"
                                + " process with a larger taskmanager.numberOfTaskSlots");
        assertThat(session.jobs()).containsExactly(first);

        first.cancel();
        assertThat(first.result().get().status()).isEqualTo(JobStatus.CANCELED);
        WeirJob second = endless("second", 3, new Configuration());
        assertThat(second.status()).isEqualTo(JobStatus.RUNNING);
        assertThatThrownBy(() -> endless("third", 1, new Configuration())).hasMessageContaining("free=0 of 3");
    }

    @Test
    void aJobThatCannotBeStartedKeepsNoSlots() throws Exception {
        assertThatThrownBy(() -> endless("wide", SLOTS + 1, new Configuration()))
                .hasStackTraceContaining("needs slots=4 > available=3");

        assertThat(endless("as wide as the process", SLOTS, new Configuration()).status())
                .isEqualTo(JobStatus.RUNNING);
    }
}
