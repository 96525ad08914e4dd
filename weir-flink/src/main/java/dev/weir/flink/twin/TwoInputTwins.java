package dev.weir.flink.twin;

import java.util.Map;
import org.apache.flink.streaming.api.functions.co.CoFlatMapFunction;
import org.apache.flink.streaming.api.functions.co.CoMapFunction;
import org.apache.flink.streaming.api.functions.co.CoProcessFunction;
import org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction;
import org.apache.flink.streaming.api.functions.co.ProcessJoinFunction;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.co.CoProcessOperator;
import org.apache.flink.streaming.api.operators.co.CoStreamFlatMap;
import org.apache.flink.streaming.api.operators.co.CoStreamMap;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator;
import org.apache.flink.streaming.api.operators.co.KeyedCoProcessOperator;
import org.apache.flink.streaming.api.operators.sorted.state.BatchExecutionStateBackend;
import org.jspecify.annotations.Nullable;

/** Makes the twins of operators of two inputs, one for each input. Stateless. */
final class TwoInputTwins {
    private static final Map<Class<?>, Twins.Maker> MAKERS = Map.of(
            CoStreamMap.class, TwoInputTwins::map,
            CoStreamFlatMap.class, TwoInputTwins::flatMap,
            CoProcessOperator.class, TwoInputTwins::process,
            KeyedCoProcessOperator.class, TwoInputTwins::keyedProcess,
            IntervalJoinOperator.class, TwoInputTwins::intervalJoin);

    private TwoInputTwins() {}

    static Twins.@Nullable Maker maker(Class<?> operator) {
        return MAKERS.get(operator);
    }

    /** What an operator of a known class has that its twin does not do, null where there is nothing. */
    static @Nullable String unlike(StreamOperatorFactory<?> factory, StreamConfig config, ClassLoader loader) {
        if (!(factory instanceof SimpleOperatorFactory<?> simple)) {
            return null;
        }
        StreamOperator<?> operator = simple.getOperator();
        if (operator.getClass() == KeyedCoProcessOperator.class) {
            return leavesOutput(operator) ? null : "KeyedCoProcessOperator that adjusts its output";
        }
        if (operator.getClass() == IntervalJoinOperator.class) {
            if (config.getStateBackend(loader) instanceof BatchExecutionStateBackend) {
                return "IntervalJoinOperator in batch mode, which has one key at a time";
            }
            return interval(operator).lower() == Long.MIN_VALUE ? "IntervalJoinOperator without a lower bound" : null;
        }
        return null;
    }

    private static JoinInterval interval(StreamOperator<?> operator) {
        return new JoinInterval(
                Internals.<Long>read(IntervalJoinOperator.class, "lowerBound", operator),
                Internals.<Long>read(IntervalJoinOperator.class, "upperBound", operator));
    }

    /** Whether records pass the operator's output as they pass the one it was given. */
    private static boolean leavesOutput(StreamOperator<?> operator) {
        Object adjustment = Internals.read(AbstractStreamOperator.class, "outputAdjustment", operator);
        // Flink's own delay watermarks only
        return adjustment.getClass().getName().startsWith(AbstractStreamOperator.OutputAdjustment.class.getName());
    }

    private static Twin map(Twins.Site site) {
        CoMapFunction<Object, Object, Object> function = site.function();
        return site.make(CoMapTwin.class, function, isFirst(site), site.next());
    }

    private static Twin flatMap(Twins.Site site) {
        CoFlatMapFunction<Object, Object, Object> function = site.function();
        return site.make(CoFlatMapTwin.class, function, isFirst(site), site.collector());
    }

    private static Twin process(Twins.Site site) {
        CoProcessFunction<Object, Object, Object> function = site.function();
        return site.make(
                CoProcessTwin.class, site.operator(), function, isFirst(site), site.output(), site.collector());
    }

    private static Twin keyedProcess(Twins.Site site) {
        KeyedCoProcessFunction<Object, Object, Object, Object> function = site.function();
        return site.make(
                KeyedCoProcessTwin.class, site.operator(), function, isFirst(site), site.output(), site.collector());
    }

    private static Twin intervalJoin(Twins.Site site) {
        ProcessJoinFunction<Object, Object, Object> function = site.function();
        return site.make(
                JoinTwin.class,
                site.operator(),
                function,
                site.output(),
                site.collector(),
                isFirst(site),
                interval(site.operator()));
    }

    private static boolean isFirst(Twins.Site site) {
        return site.input() == 0;
    }
}
