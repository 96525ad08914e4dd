package dev.weir.flink.differential;

import dev.weir.flink.differential.Stateful.Pair;
import java.time.Duration;
import org.apache.flink.streaming.api.datastream.ConnectedStreams;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.util.OutputTag;

/** Operators of two streams. */
final class PairSteps<T> {
    private final RandomJob job;
    private final Flow<T> one;
    private final Flow<T> other;
    private final Shape<T> shape;
    private final boolean ordered;

    PairSteps(RandomJob job, Flow<T> one, Flow<T> other) {
        this.job = job;
        this.one = one;
        this.other = other;
        this.shape = one.shape();
        this.ordered = one.ordered() && other.ordered();
    }

    Flow<T> join() {
        return join(job.pick(KeyKind.all()));
    }

    Flow<T> anyOther() {
        KeyKind<?> kind = job.pick(KeyKind.all());
        return switch (job.random.nextInt(ordered ? 4 : 2)) {
            case 0 -> one.parallelism() == other.parallelism() ? union() : stateless(kind);
            case 1 -> stateless(kind);
            default -> timed(kind);
        };
    }

    private Flow<T> union() {
        return new Flow<>(one.stream().union(other.stream()), shape, one.parallelism(), 0, ordered);
    }

    private <K> KeyedStream<T, K> keyed(Flow<T> flow, KeyKind<K> kind) {
        return flow.stream().keyBy(kind.selector(shape, 4), kind.type());
    }

    private <K> Flow<T> join(KeyKind<K> kind) {
        long lower = job.random.nextInt(40) - 20L;
        long upper = lower + job.random.nextInt(30);
        var joined = keyed(one, kind)
                .intervalJoin(keyed(other, kind))
                .between(Duration.ofMillis(lower), Duration.ofMillis(upper));
        if (job.random.nextInt(3) == 0 && upper > lower) {
            joined.lowerBoundExclusive();
        }
        if (job.random.nextInt(3) == 0 && upper > lower + 1) {
            joined.upperBoundExclusive();
        }
        OutputTag<T> left = new OutputTag<>(job.name("left"), shape.type());
        OutputTag<T> right = new OutputTag<>(job.name("right"), shape.type());
        boolean sides = job.random.nextBoolean();
        if (sides) {
            joined.sideOutputLeftLateData(left).sideOutputRightLateData(right);
        }
        String side = job.name("joined");
        int parallelism = job.parallelism();
        SingleOutputStreamOperator<T> operator = joined.process(new Pair<>(shape, side), shape.type());
        Flow<T> flow = job.emits(operator, shape, parallelism, false, side);
        if (sides) {
            job.drain(operator.getSideOutput(left), left.getId(), parallelism, ordered);
            job.drain(operator.getSideOutput(right), right.getId(), parallelism, ordered);
        }
        return flow;
    }

    private <K> Flow<T> stateless(KeyKind<K> kind) {
        ConnectedStreams<T, T> connected = keyed(one, kind).connect(keyed(other, kind));
        int parallelism = job.parallelism();
        return switch (job.random.nextInt(3)) {
            case 0 -> job.emits(connected.map(new Stateful.PairMap<>(shape)), shape, parallelism, ordered);
            case 1 -> job.emits(connected.flatMap(new Stateful.PairFlatMap<>(shape)), shape, parallelism, ordered);
            default -> {
                String side = job.name("observed");
                yield job.emits(
                        connected.process(new Stateful.PairObserve<>(shape, side)), shape, parallelism, ordered, side);
            }
        };
    }

    private <K> Flow<T> timed(KeyKind<K> kind) {
        String side = job.name("timed");
        return job.emits(
                keyed(one, kind).connect(keyed(other, kind)).process(new Stateful.TimedPair<>(shape, kind, side)),
                shape,
                job.parallelism(),
                true,
                side);
    }
}
