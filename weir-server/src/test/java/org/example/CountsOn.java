package org.example;

import java.time.Duration;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Counts up to its first argument; without one it executes nothing, with one that is no number it fails. */
public final class CountsOn {
    private static int mains;

    private CountsOn() {}

    /** Ends where its class is the one that main has counted with. */
    private static final class OtherClass extends RichMapFunction<Long, Long> {
        private static final long serialVersionUID = 1L;

        @Override
        public Long map(Long value) {
            if (mains > 0) {
                throw new IllegalStateException("main and the job share a class loader");
            }
            return value;
        }
    }

    public static void main(String[] args) throws Exception {
        mains++;
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        if (args.length == 0) {
            return;
        }
        env.enableCheckpointing(Duration.ofHours(1).toMillis());
        env.fromSequence(1, Long.parseLong(args[0]))
                .map(new OtherClass())
                .name("count")
                .sinkTo(new DiscardingSink<>());
        env.execute("counting, main " + mains);
    }
}
