package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.InputSelectable;
import org.apache.flink.streaming.api.operators.InputSelection;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class InputSelectionTest {
    private static final ConcurrentLinkedQueue<String> SEEN = new ConcurrentLinkedQueue<>();

    /** Reads by a rule of its own and writes down in which order it was given what. */
    private abstract static class Recorder extends AbstractStreamOperator<String>
            implements TwoInputStreamOperator<Long, Long, String>, InputSelectable, BoundedMultiInput {
        @Override
        public void processElement1(StreamRecord<Long> element) {
            SEEN.add("first");
        }

        @Override
        public void processElement2(StreamRecord<Long> element) {
            SEEN.add("second");
        }
    }

    /** The second input first, to its end, as the build side of a hash join. */
    private static final class SecondThenFirst extends Recorder {
        private boolean secondEnded;

        @Override
        public InputSelection nextSelection() {
            return secondEnded ? InputSelection.FIRST : InputSelection.SECOND;
        }

        @Override
        public void endInput(int inputId) {
            SEEN.add("end of " + inputId);
            secondEnded |= inputId == 2;
        }
    }

    /** One record of each in turn, as long as both have any. */
    private static final class Alternating extends Recorder {
        private boolean firstIsNext = true;
        private final List<Integer> ended = new ArrayList<>();

        @Override
        public InputSelection nextSelection() {
            if (!ended.isEmpty()) {
                return InputSelection.ALL;
            }
            return firstIsNext ? InputSelection.FIRST : InputSelection.SECOND;
        }

        @Override
        public void processElement1(StreamRecord<Long> element) {
            super.processElement1(element);
            firstIsNext = false;
        }

        @Override
        public void processElement2(StreamRecord<Long> element) {
            super.processElement2(element);
            firstIsNext = true;
        }

        @Override
        public void endInput(int inputId) {
            ended.add(inputId);
        }
    }

    private static void run(Recorder operator) throws Exception {
        SEEN.clear();
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1);
        env.fromSequence(1, 5_000)
                .connect(env.fromSequence(1, 5_000))
                .transform("recorder", Types.STRING, operator)
                .sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            WeirJob.Result result = session.submit(env.getStreamGraph(), InputSelectionTest.class.getClassLoader())
                    .result()
                    .get();
            assertThat(result.failure()).isNull();
            assertThat(result.status()).isEqualTo(JobStatus.FINISHED);
        }
    }

    @Test
    void inputThatIsNotSelectedWaitsUntilTheOtherHasEnded() throws Exception {
        run(new SecondThenFirst());

        List<String> seen = new ArrayList<>(SEEN);
        assertThat(seen).hasSize(10_002);
        assertThat(seen.subList(0, 5_000)).containsOnly("second");
        assertThat(seen.get(5_000)).isEqualTo("end of 2");
        assertThat(seen.subList(5_001, 10_001)).containsOnly("first");
        assertThat(seen.get(10_001)).isEqualTo("end of 1");
    }

    @Test
    void selectionIsAskedForAfterEveryRecord() throws Exception {
        run(new Alternating());

        List<String> seen = new ArrayList<>(SEEN);
        assertThat(seen).hasSize(10_000);
        for (int i = 0; i < seen.size(); i++) {
            assertThat(seen.get(i)).as("record " + i).isEqualTo(i % 2 == 0 ? "first" : "second");
        }
    }
}
