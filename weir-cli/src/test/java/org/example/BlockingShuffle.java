package org.example;

import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** {@code BlockingShuffle RECORDS SECONDS}: records of a kilobyte, whose reader begins late. Prints how many it has read. */
public final class BlockingShuffle {
    private BlockingShuffle() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.setRuntimeMode(RuntimeExecutionMode.BATCH);
        long records = Long.parseLong(args[0]);
        long seen = 0;
        try (var results = env.fromSequence(1, records)
                .map(new Padded())
                .rebalance()
                .map(new Late(Long.parseLong(args[1])))
                .executeAndCollect("blocking shuffle")) {
            while (results.hasNext()) {
                seen += results.next();
            }
        }
        System.out.println("sum of lengths: " + seen);
    }

    private static final class Padded implements MapFunction<Long, String> {
        private static final long serialVersionUID = 1L;

        @Override
        public String map(Long number) {
            return Long.toString(number).repeat(1000).substring(0, 1000);
        }
    }

    private static final class Late extends RichMapFunction<String, Long> {
        private static final long serialVersionUID = 1L;
        private final long seconds;

        Late(long seconds) {
            this.seconds = seconds;
        }

        @Override
        public void open(OpenContext context) throws InterruptedException {
            TimeUnit.SECONDS.sleep(seconds);
        }

        @Override
        public Long map(String record) {
            return (long) record.length();
        }
    }
}
