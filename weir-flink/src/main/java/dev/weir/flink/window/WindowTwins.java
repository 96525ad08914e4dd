package dev.weir.flink.window;

import dev.weir.flink.state.StateTables;
import dev.weir.flink.twin.Internals;
import dev.weir.flink.twin.Twin;
import dev.weir.flink.twin.Twins;
import dev.weir.flink.twin.Verdict;
import java.lang.invoke.MethodHandles;
import org.apache.flink.api.common.functions.Function;
import org.apache.flink.api.common.functions.WrappingFunction;
import org.apache.flink.api.common.state.AggregatingStateDescriptor;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ReducingStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.streaming.api.functions.aggregation.SumAggregator;
import org.apache.flink.streaming.api.functions.windowing.AllWindowFunction;
import org.apache.flink.streaming.api.functions.windowing.PassThroughAllWindowFunction;
import org.apache.flink.streaming.api.functions.windowing.PassThroughWindowFunction;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.MergingWindowAssigner;
import org.apache.flink.streaming.api.windowing.assigners.ProcessingTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.triggers.EventTimeTrigger;
import org.apache.flink.streaming.api.windowing.triggers.ProcessingTimeTrigger;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperator;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperatorFactory;
import org.apache.flink.streaming.runtime.operators.windowing.functions.InternalWindowFunction;
import org.jspecify.annotations.Nullable;

/** Recognises window operators that have a twin, and makes twins. Stateless. */
public final class WindowTwins {
    private static final MethodHandles.Lookup HERE = MethodHandles.lookup();

    private WindowTwins() {}

    /** What decides whether a window operator has a twin. */
    private record Kind(
            WindowAssigner<?, ?> assigner,
            Trigger<?, ?> trigger,
            @Nullable StateDescriptor<?, ?> contents,
            long allowedLateness) {

        static @Nullable Kind of(StreamOperatorFactory<?> factory) {
            if (factory instanceof WindowOperatorFactory<?, ?, ?, ?, ?> of) {
                return new Kind(
                        of.getWindowAssigner(),
                        of.getTrigger(),
                        of.getStateDescriptor(),
                        Internals.<Long>read(WindowOperatorFactory.class, "allowedLateness", of));
            }
            if (factory instanceof SimpleOperatorFactory<?> simple
                    && simple.getOperator() instanceof WindowOperator<?, ?, ?, ?, ?> of) {
                return new Kind(
                        of.getWindowAssigner(),
                        of.getTrigger(),
                        of.getStateDescriptor(),
                        Internals.<Long>read(WindowOperator.class, "allowedLateness", of));
            }
            return null;
        }
    }

    /**
     * Whether a window operator runs natively.
     *
     * @param factory Flink's own, of a {@code WindowOperator}
     */
    public static Verdict verdict(StreamOperatorFactory<?> factory) {
        Kind kind = Kind.of(factory);
        if (kind == null) {
            return Verdict.no("windows made by " + factory.getClass().getName());
        }
        Class<?> type = kind.assigner().getClass();
        boolean event = type == TumblingEventTimeWindows.class
                || type == SlidingEventTimeWindows.class
                || type == EventTimeSessionWindows.class;
        boolean processing = type == TumblingProcessingTimeWindows.class
                || type == SlidingProcessingTimeWindows.class
                || type == ProcessingTimeSessionWindows.class;
        if (!event && !processing) {
            return Verdict.no("no native twin of WindowOperator with " + type.getSimpleName());
        }
        Class<?> trigger = kind.trigger().getClass();
        if (trigger != (event ? EventTimeTrigger.class : ProcessingTimeTrigger.class)) {
            return Verdict.no("no native twin of WindowOperator with " + trigger.getSimpleName() + " for "
                    + type.getSimpleName());
        }
        StateDescriptor<?, ?> contents = kind.contents();
        if (!(contents instanceof ReducingStateDescriptor
                || contents instanceof AggregatingStateDescriptor
                || contents instanceof ListStateDescriptor)) {
            return Verdict.no("no native twin of WindowOperator with " + contents);
        }
        if (kind.assigner() instanceof MergingWindowAssigner && kind.allowedLateness() > 0) {
            // a late record that merges fired sessions makes Flink fire the result by timers of its parts as well
            return Verdict.no(
                    "no native twin of WindowOperator with " + type.getSimpleName() + " and allowed lateness");
        }
        return Verdict.yes("WindowOperator with " + type.getSimpleName());
    }

    /** The twin of an operator whose {@link #verdict} is native. */
    @SuppressWarnings("unchecked") // types are erased; the operator's own are consistent
    public static Twin of(Twins.Site site) {
        WindowOperator<Object, Object, Object, Object, TimeWindow> operator =
                (WindowOperator<Object, Object, Object, Object, TimeWindow>) site.operator();
        WindowAssigner<Object, TimeWindow> assigner = Internals.read(WindowOperator.class, "windowAssigner", operator);
        long allowedLateness = Internals.<Long>read(WindowOperator.class, "allowedLateness", operator);
        WindowSettings settings = new WindowSettings(
                assigner,
                slide(assigner),
                allowedLateness,
                Internals.readNullable(WindowOperator.class, "lateDataOutputTag", operator),
                allowedLateness == 0 && beginsAnew(operator.getStateDescriptor(), slide(assigner)));
        if (assigner instanceof MergingWindowAssigner) {
            return site.make(
                    HERE,
                    SessionTwin.class,
                    operator,
                    settings,
                    contents(site, operator, settings.mayFlatten()),
                    isPlain(operator),
                    site.next());
        }
        return site.make(
                HERE,
                WindowTwin.class,
                operator,
                settings,
                contents(site, operator, settings.mayFlatten()),
                results(site, operator),
                site.output());
    }

    /**
     * Whether no two windows begin with the same object. Sliding windows all begin a reduction with the record itself, and
     * a function that changes it changes it in all of them, in Flink's heap as well; sums copy.
     */
    private static boolean beginsAnew(StateDescriptor<?, ?> contents, long slide) {
        return slide == 0
                || contents instanceof AggregatingStateDescriptor
                || (contents instanceof ReducingStateDescriptor<?> reducing
                        && reducing.getReduceFunction().getClass() == SumAggregator.class);
    }

    private static long slide(WindowAssigner<?, ?> assigner) {
        if (assigner instanceof SlidingEventTimeWindows sliding) {
            return sliding.getSlide();
        }
        return assigner instanceof SlidingProcessingTimeWindows sliding ? sliding.getSlide() : 0;
    }

    /** @param once whether contents are seen once only */
    private static Contents contents(
            Twins.Site site, WindowOperator<Object, Object, Object, Object, TimeWindow> operator, boolean once) {
        StateDescriptor<?, ?> descriptor = operator.getStateDescriptor();
        if (descriptor instanceof ReducingStateDescriptor<?> reducing) {
            return site.make(HERE, ReducedContents.class, reducing.getReduceFunction());
        }
        if (descriptor instanceof AggregatingStateDescriptor<?, ?, ?> aggregating) {
            return site.make(HERE, AggregatedContents.class, aggregating.getAggregateFunction());
        }
        ListStateDescriptor<?> listed = (ListStateDescriptor<?>) descriptor;
        return site.make(HERE, ListedContents.class, once ? StateTables.words(listed.getElementSerializer()) : null);
    }

    /** What the program gave, where Flink has put a function of its own around it. */
    private static Function wrapped(WindowOperator<Object, Object, Object, Object, TimeWindow> operator) {
        InternalWindowFunction<Object, Object, Object, TimeWindow> function = operator.getUserFunction();
        return function instanceof WrappingFunction<?> wrapping ? wrapping.getWrappedFunction() : function;
    }

    /** Of a window that keeps its elements the function hands on each of them. */
    private static boolean isPlain(WindowOperator<Object, Object, Object, Object, TimeWindow> operator) {
        Function function = wrapped(operator);
        if (operator.getStateDescriptor() instanceof ListStateDescriptor) {
            return false;
        }
        return function.getClass() == PassThroughWindowFunction.class
                || function.getClass() == PassThroughAllWindowFunction.class;
    }

    private static Results results(
            Twins.Site site, WindowOperator<Object, Object, Object, Object, TimeWindow> operator) {
        InternalWindowFunction<Object, Object, Object, TimeWindow> function = operator.getUserFunction();
        Function wrapped = wrapped(operator);
        if (isPlain(operator)) {
            return site.make(HERE, PlainResults.class, site.next());
        }
        boolean clears = !(wrapped instanceof WindowFunction || wrapped instanceof AllWindowFunction);
        return site.make(HERE, FunctionResults.class, operator, function, site.collector(), clears);
    }
}
