package dev.weir.flink.twin;

import dev.weir.flink.window.WindowTwins;
import java.lang.invoke.MethodHandles;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.functions.FilterFunction;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.ReduceFunction;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.streaming.api.functions.async.AsyncFunction;
import org.apache.flink.streaming.api.functions.async.AsyncRetryPredicate;
import org.apache.flink.streaming.api.functions.async.AsyncRetryStrategy;
import org.apache.flink.streaming.api.graph.StreamConfig;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.AbstractUdfStreamOperator;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.ProcessOperator;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.SimpleUdfStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamFilter;
import org.apache.flink.streaming.api.operators.StreamFlatMap;
import org.apache.flink.streaming.api.operators.StreamGroupedReduceOperator;
import org.apache.flink.streaming.api.operators.StreamMap;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.async.AsyncWaitOperator;
import org.apache.flink.streaming.api.operators.async.AsyncWaitOperatorFactory;
import org.apache.flink.streaming.api.operators.co.IntervalJoinOperator;
import org.apache.flink.streaming.runtime.operators.TimestampsAndWatermarksOperator;
import org.apache.flink.streaming.runtime.operators.TimestampsAndWatermarksOperatorFactory;
import org.apache.flink.streaming.runtime.operators.sink.SinkWriterOperatorFactory;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperator;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperatorFactory;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * Recognises operators that have a twin, and makes twins. Recognition is by what the job's graph holds, before the operator
 * exists: the exact classes of its factory and its own, since a subclass may do anything, and its configuration. Stateless.
 */
public final class Twins {
    private static final MethodHandles.Lookup HERE = MethodHandles.lookup();

    /** Flink's class is not public. */
    private static final String SINK_WRITER = "org.apache.flink.streaming.runtime.operators.sink.SinkWriterOperator";

    private static final Map<Class<?>, Maker> MAKERS = Map.of(
            StreamMap.class, Twins::map,
            StreamFilter.class, Twins::filter,
            StreamFlatMap.class, Twins::flatMap,
            ProcessOperator.class, Twins::process,
            KeyedProcessOperator.class, Twins::keyedProcess,
            StreamGroupedReduceOperator.class, Twins::reduce,
            TimestampsAndWatermarksOperator.class, Twins::timestamps,
            AsyncWaitOperator.class, Twins::asynchronous,
            WindowOperator.class, WindowTwins::of);

    /** Operators whose twins work on whole tables of live objects. */
    private static final Set<Class<?>> HEAP_ONLY = Set.of(WindowOperator.class, IntervalJoinOperator.class);

    /** Factories that make what they say: any other may be the program's own. */
    private static final Set<Class<?>> FACTORIES = Set.of(
            SimpleOperatorFactory.class,
            SimpleUdfStreamOperatorFactory.class,
            SinkWriterOperatorFactory.class,
            AsyncWaitOperatorFactory.class,
            TimestampsAndWatermarksOperatorFactory.class,
            WindowOperatorFactory.class);

    /** Makes the twin of a site. */
    interface Maker {
        Twin make(Site site);
    }

    /**
     * Where a twin is wanted.
     *
     * @param operator the hosted operator, not open yet
     * @param input of the operator, from 0 on
     * @param next where its records go
     * @param output the same, as the operator knows it
     * @param templates of the job
     * @param place of the input in the job, the same for all its subtasks
     */
    public record Site(
            StreamOperator<?> operator,
            int input,
            Link next,
            Output<StreamRecord<Object>> output,
            Templates templates,
            String place) {

        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"
        }) // the operator's class says of which type it is
        <F> F function() {
            return (F) ((AbstractUdfStreamOperator<?, ?>) operator).getUserFunction();
        }

        Twin make(Class<? extends Twin> template, Object... arguments) {
            return templates.make(HERE, template, place, arguments);
        }

        /** Makes an instance of this place's copy of a template, see {@link Templates#make}. */
        public <T> T make(MethodHandles.Lookup lookup, Class<? extends T> template, @Nullable Object... arguments) {
            return templates.make(lookup, template, place, arguments);
        }

        /** What user functions emit into. */
        public LinkCollector collector() {
            return templates.make(HERE, CollectorToLink.class, place, next);
        }
    }

    private Twins() {}

    /**
     * Whether an operator runs natively, and why or why not. What this says is what {@link #of} does.
     *
     * @param choice of the job
     * @param factory of the operator, as its configuration has it
     * @param loader of the job's user code
     */
    public static Verdict verdict(
            NativeOptions.Choice choice, StreamOperatorFactory<?> factory, StreamConfig config, ClassLoader loader) {
        if (!choice.natively()) {
            return Verdict.no(NativeOptions.NATIVE.key() + "=false");
        }
        Class<?> operator = factory.getStreamOperatorClass(loader);
        Verdict source = SourceTwins.verdict(factory);
        if (source != null) {
            return source;
        }
        if (maker(operator) == null || !FACTORIES.contains(factory.getClass())) {
            return Verdict.no(Hosting.reason(factory, operator));
        }
        if (choice.store() != null && HEAP_ONLY.contains(operator)) {
            return Verdict.no(operator.getSimpleName() + " over state in " + choice.store()
                    + ", which has no tables on the heap");
        }
        if (operator == WindowOperator.class) {
            return WindowTwins.verdict(factory);
        }
        if (operator == AsyncWaitOperator.class && retries(factory)) {
            return Verdict.no("AsyncWaitOperator with retries");
        }
        String unlike = TwoInputTwins.unlike(factory, config, loader);
        return unlike == null ? Verdict.yes(operator.getSimpleName()) : Verdict.no(unlike);
    }

    private static @Nullable Maker maker(Class<?> operator) {
        if (operator.getName().equals(SINK_WRITER)) {
            return Twins::sinkWriter;
        }
        Maker maker = MAKERS.get(operator);
        return maker == null ? TwoInputTwins.maker(operator) : maker;
    }

    /** The twin of an operator's input, where the operator's {@link #verdict} is native. */
    public static Twin of(Site site) {
        Class<?> type = site.operator().getClass();
        Maker maker = maker(type);
        if (maker == null) {
            throw new IllegalStateException("a factory of Flink's made a " + type.getName() + ", which has no twin");
        }
        return maker.make(site);
    }

    /** Selects the key of records before they reach a keyed operator. */
    public static Link keyed(Site site, KeySelector<Object, Object> selector, Link operator) {
        if (operator instanceof KeyedTwin twin) {
            return site.templates().make(HERE, KeyExtraction.class, site.place(), selector, twin);
        }
        return site.templates().make(HERE, KeySelection.class, site.place(), selector, site.operator(), operator);
    }

    private static Twin map(Site site) {
        MapFunction<Object, Object> function = site.function();
        return site.make(MapTwin.class, function, site.next());
    }

    private static Twin filter(Site site) {
        FilterFunction<Object> function = site.function();
        return site.make(FilterTwin.class, function, site.next());
    }

    private static Twin flatMap(Site site) {
        FlatMapFunction<Object, Object> function = site.function();
        return site.make(FlatMapTwin.class, function, site.collector());
    }

    private static Twin process(Site site) {
        ProcessFunction<Object, Object> function = site.function();
        return site.make(ProcessTwin.class, site.operator(), function, site.output(), site.collector());
    }

    private static Twin keyedProcess(Site site) {
        KeyedProcessFunction<Object, Object, Object> function = site.function();
        return site.make(KeyedProcessTwin.class, site.operator(), function, site.output(), site.collector());
    }

    private static Twin reduce(Site site) {
        ReduceFunction<Object> function = site.function();
        return site.make(ReduceTwin.class, site.operator(), function, site.next());
    }

    private static Twin timestamps(Site site) {
        return site.make(TimestampsTwin.class, site.operator(), site.next());
    }

    private static boolean retries(StreamOperatorFactory<?> factory) {
        AsyncRetryStrategy<?> strategy = Internals.read(AsyncWaitOperatorFactory.class, "asyncRetryStrategy", factory);
        AsyncRetryPredicate<?> when = strategy.getRetryPredicate();
        return when.resultPredicate().isPresent() || when.exceptionPredicate().isPresent();
    }

    private static Twin asynchronous(Site site) {
        AsyncFunction<Object, Object> function = site.function();
        return site.make(AsyncTwin.class, site.operator(), function, site.collector());
    }

    private static Twin sinkWriter(Site site) {
        return site.make(SinkWriterTwin.class, (AbstractStreamOperator<?>) site.operator());
    }
}
