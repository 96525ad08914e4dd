package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A function may look at its state on the heap when it closes, though its operator has disposed of it by then: as in Flink. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class StateInCloseTest {
    private static final Queue<Long> SEEN = new ConcurrentLinkedQueue<>();

    private static final class Counts extends RichMapFunction<Long, Long> {
        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public Long map(Long number) throws Exception {
            Long before = count.value();
            count.update(before == null ? 1 : before + 1);
            return number;
        }

        @Override
        public void close() throws Exception {
            SEEN.add(count.value());
        }
    }

    @Test
    void aFunctionSeesItsStateWhenItCloses() throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.createLocalEnvironment(1, new Configuration());
        env.fromSequence(1, 100).keyBy(number -> 0).map(new Counts()).sinkTo(new DiscardingSink<>());
        try (WeirSession session = new WeirSession(new Configuration())) {
            session.submit(env.getStreamGraph().getJobGraph(), getClass().getClassLoader())
                    .result()
                    .get(50, TimeUnit.SECONDS);
        }
        assertThat(SEEN).containsExactly(100L);
    }
}
