package dev.weir.bench.program;

import dev.weir.bench.input.Order;
import dev.weir.bench.input.Stream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** POJOs handed round robin to the other side, and nothing else. */
public final class Shuffle implements Program {
    @Override
    public void define(StreamExecutionEnvironment env, Stream input) {
        Check.end(
                env.fromSequence(0, input.records() - 1).map(new Orders(input)).rebalance(), new OrderCheck());
    }

    private static final class Orders extends Meter<Long, Order> {
        private final Stream input;

        Orders(Stream input) {
            this.input = input;
        }

        @Override
        protected Order make(Long i) {
            return Order.at(input, i);
        }
    }

    private static final class OrderCheck extends Check<Order> {
        @Override
        protected long hash(Order order) {
            return order.hash();
        }
    }
}
