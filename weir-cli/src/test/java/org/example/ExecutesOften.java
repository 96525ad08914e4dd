package org.example;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.flink.api.connector.dsv2.DataStreamV2SourceUtils;
import org.apache.flink.api.connector.dsv2.WrappedSink;
import org.apache.flink.datastream.api.ExecutionEnvironment;
import org.apache.flink.datastream.api.common.Collector;
import org.apache.flink.datastream.api.context.PartitionedContext;
import org.apache.flink.datastream.api.function.OneInputStreamProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** A job of the second DataStream API on a thread of its own, then one of the first, whatever becomes of it. */
public final class ExecutesOften {
    private ExecutesOften() {}

    private static final class Increment implements OneInputStreamProcessFunction<Integer, Integer> {
        private static final long serialVersionUID = 1L;

        @Override
        public void processRecord(Integer record, Collector<Integer> output, PartitionedContext<Integer> ctx) {
            output.collect(record + 1);
        }
    }

    public static void main(String[] args) throws Exception {
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try {
            threads.submit(() -> {
                        ExecutionEnvironment env = ExecutionEnvironment.getInstance();
                        env.fromSource(DataStreamV2SourceUtils.fromData(java.util.List.of(1, 2, 3)), "numbers")
                                .process(new Increment())
                                .withName("increment")
                                .toSink(new WrappedSink<>(new DiscardingSink<>()));
                        env.execute("of the second API");
                        return null;
                    })
                    .get();
        } catch (Throwable e) {
            System.err.println("swallowed " + e.getClass().getSimpleName());
        } finally {
            threads.shutdown();
        }
        Doubles.main(args);
    }
}
