package dev.weir.flink.differential;

import static dev.weir.flink.differential.Stateless.tag;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A job made by a seed: sources that play scripts, a few operators in a row or in a graph, and a sink at each end. Built again
 * with the same seed it is the same job.
 */
final class RandomJob {
    /** Of a stream that operators may still multiply. */
    private static final long RECORDS_MAX = 2_000;

    final Random random;
    final boolean objectReuse;
    /** One subtask and one input each: such a job has one answer, whoever runs it. */
    final boolean straight;

    private final String run;
    private final int parallelism;
    private final Set<String> unordered = new TreeSet<>();
    private int names;

    private RandomJob(long seed, boolean straight, String run) {
        this.random = new Random(seed);
        this.straight = straight;
        this.run = run;
        this.parallelism = straight ? 1 : 1 + random.nextInt(3);
        this.objectReuse = random.nextBoolean();
    }

    /**
     * Adds a job to an environment.
     *
     * @param run what its sinks find their {@link Journal} by
     * @return the sinks, by name, to which elements may come in another order
     */
    static Set<String> build(StreamExecutionEnvironment env, long seed, boolean straight, String run) {
        RandomJob job = new RandomJob(seed, straight, run);
        job.build(env);
        return job.unordered;
    }

    private void build(StreamExecutionEnvironment env) {
        env.setParallelism(parallelism);
        if (objectReuse) {
            env.getConfig().enableObjectReuse();
        } else {
            env.getConfig().disableObjectReuse();
        }
        // a timer's thread would emit them at a moment of its own
        env.getConfig().setAutoWatermarkInterval(0);
        if (random.nextBoolean()) {
            env.setMaxParallelism(3 + random.nextInt(10));
        }
        List<Flow<?>> flows = new ArrayList<>();
        Shape<?> shape = pick(Shape.all());
        int sources = straight ? 1 : 1 + random.nextInt(2);
        for (int i = 0; i < sources; i++) {
            flows.add(source(env, shape));
        }
        int steps = 1 + random.nextInt(5);
        for (int i = 0; i < steps; i++) {
            step(flows);
        }
        flows.forEach(this::sink);
    }

    private <T> Flow<T> source(StreamExecutionEnvironment env, Shape<T> shape) {
        // Weir carries the least timestamp but one as the next one, Flink does not
        Script.Habit habit = Script.Habit.random(random, Long.MIN_VALUE + (straight ? 2 : 1));
        List<Script> scripts = new ArrayList<>();
        for (int i = 0; i < parallelism; i++) {
            scripts.add(Script.random(habit, random));
        }
        DataStream<T> stream = env.fromSource(
                new ScriptedSource<>(shape, scripts), ScriptedSource.strategy(), name("source"), shape.type());
        long records =
                scripts.stream().mapToLong(script -> script.actions().size()).sum();
        return new Flow<>(stream, shape, parallelism, records, true);
    }

    private void step(List<Flow<?>> flows) {
        Flow<?> flow = flows.remove(random.nextInt(flows.size()));
        if (!straight && random.nextInt(4) == 0) {
            // a fork
            flows.add(flow);
        }
        if (!straight && random.nextInt(3) == 0) {
            Flow<?> other = flows.isEmpty() ? flow : pick(flows);
            if (other.shape() == flow.shape()) {
                flows.add(two(flow, other));
                return;
            }
        }
        flows.add(
                flow.records() <= RECORDS_MAX && random.nextInt(5) < 3
                        ? new KeyedSteps<>(this, flow).any().ofAbout(flow.records() * 3)
                        : plain(flow).ofAbout(flow.records() * 2));
    }

    @SuppressWarnings("unchecked") // of one shape, so of one type
    private <T> Flow<?> two(Flow<T> one, Flow<?> other) {
        long both = one.records() + other.records();
        long product = one.records() * other.records() / 4;
        boolean join = product <= RECORDS_MAX && random.nextBoolean();
        PairSteps<T> steps = new PairSteps<>(this, one, (Flow<T>) other);
        return join ? steps.join().ofAbout(product) : steps.anyOther().ofAbout(both);
    }

    private <T> Flow<?> plain(Flow<T> flow) {
        DataStream<T> stream = flow.stream();
        Shape<T> shape = flow.shape();
        return switch (random.nextInt(flow.ordered() ? 9 : 7)) {
            case 0, 1 -> convert(flow, pick(Shape.all()));
            case 2 -> same(flow, stream.filter(new Stateless.Keep<>(shape, random.nextInt())));
            case 3 -> same(flow, stream.flatMap(new Stateless.Repeat<>(shape, random.nextInt())));
            case 4 ->
                random.nextInt(3) == 0
                        ? same(flow, stream.transform("forget", shape.type(), new Forget<>(random.nextInt(6))))
                        : observe(flow);
            case 5 ->
                objectReuse
                        ? convert(flow, shape)
                        : same(flow, stream.map(new Stateless.Mutate<>(shape, name("mutated"))));
            case 6 -> partition(flow);
            case 7 -> same(flow, stream.assignTimestampsAndWatermarks(Stateless.times(shape, random.nextInt(40) - 10)));
            default ->
                random.nextInt(4) == 0
                        ? same(flow, stream.map(new Stateless.Fail<>(shape, random.nextInt())))
                        : observe(flow);
        };
    }

    private <T, R> Flow<R> convert(Flow<T> flow, Shape<R> to) {
        return emits(
                flow.stream().map(new Stateless.Convert<>(flow.shape(), to, random.nextInt())),
                to,
                flow.parallelism(),
                flow.ordered());
    }

    private <T> Flow<T> observe(Flow<T> flow) {
        String side = name("observed");
        return same(flow, flow.stream().process(new Stateless.Observe<>(flow.shape(), side)), side);
    }

    /** Where nothing says how, Flink rebalances, and begins anywhere. */
    private <T> Flow<T> partition(Flow<T> flow) {
        DataStream<T> stream = flow.stream();
        Shape<T> shape = flow.shape();
        DataStream<T> partitioned =
                switch (random.nextInt(4)) {
                    case 0 -> stream.rescale();
                    case 1 -> stream.global();
                    case 2 -> stream.broadcast();
                    default -> {
                        KeyKind<?> kind = pick(KeyKind.all());
                        yield by(stream, kind, shape);
                    }
                };
        return emits(partitioned.map(new Stateless.Convert<>(shape, shape, 1)), shape, parallelism(), flow.ordered());
    }

    private static <T, K> DataStream<T> by(DataStream<T> stream, KeyKind<K> kind, Shape<T> shape) {
        return stream.keyBy(kind.selector(shape, 8), kind.type());
    }

    /** A parallelism for what is free to have any. */
    int parallelism() {
        return straight ? 1 : 1 + random.nextInt(3);
    }

    private <T> Flow<T> same(Flow<T> flow, SingleOutputStreamOperator<T> operator, String... sides) {
        return emits(operator, flow.shape(), flow.parallelism(), flow.ordered(), sides);
    }

    /**
     * Completes an operator.
     *
     * @param sides names of its side outputs
     */
    <T> Flow<T> emits(
            SingleOutputStreamOperator<T> operator,
            Shape<T> shape,
            int operatorParallelism,
            boolean ordered,
            String... sides) {
        SingleOutputStreamOperator<T> typed = operator.returns(shape.type())
                .setParallelism(operatorParallelism)
                .name(name("step"));
        switch (random.nextInt(6)) {
            case 0 -> typed.disableChaining();
            case 1 -> typed.startNewChain();
            default -> {}
        }
        for (String side : sides) {
            drain(typed.getSideOutput(tag(side)), side, operatorParallelism, ordered);
        }
        return new Flow<>(typed, shape, operatorParallelism, 0, ordered);
    }

    private <T> void sink(Flow<T> flow) {
        drain(flow.stream(), name("sink"), flow.parallelism(), flow.ordered());
    }

    /** Ends a stream in a sink. */
    <T> void drain(DataStream<T> stream, String name, int sinkParallelism, boolean ordered) {
        stream.sinkTo(Journal.sink(run, name)).name(name).setParallelism(sinkParallelism);
        if (!ordered) {
            unordered.add(name);
        }
    }

    String name(String kind) {
        return kind + "-" + names++;
    }

    <E> E pick(List<? extends E> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
