package org.example;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Orders, most of them of one customer, that are priced more slowly than they come. */
public final class HotCustomer {
    private HotCustomer() {}

    public static void main(String[] args) throws Exception {
        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        env.fromSequence(0, Long.MAX_VALUE - 1)
                .name("orders")
                .keyBy(order -> order % 10 < 7 ? "customer-7" : "customer-" + order % 1_000)
                .map(new Price())
                .name("price")
                .sinkTo(new DiscardingSink<>());
        env.execute("pricing");
    }

    private static final class Price extends RichMapFunction<Long, Double> {
        private static final long serialVersionUID = 1L;

        private transient ValueState<Long> count;

        @Override
        public void open(OpenContext openContext) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public Double map(Long order) throws Exception {
            Long before = count.value();
            count.update(before == null ? 1 : before + 1);
            return rebate(order);
        }

        private static double rebate(long order) {
            double sum = 0;
            for (int i = 1; i < 2_000; i++) {
                sum += Math.log((double) order + i);
            }
            return sum;
        }
    }
}
