package dev.weir.flink.window;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.twin.Verdict;
import java.time.Duration;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeutils.base.LongSerializer;
import org.apache.flink.streaming.api.functions.windowing.WindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.DynamicEventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.EventTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.ProcessingTimeSessionWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.SlidingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.TumblingProcessingTimeWindows;
import org.apache.flink.streaming.api.windowing.assigners.WindowAssigner;
import org.apache.flink.streaming.api.windowing.assigners.WindowStagger;
import org.apache.flink.streaming.api.windowing.triggers.ContinuousEventTimeTrigger;
import org.apache.flink.streaming.api.windowing.triggers.EventTimeTrigger;
import org.apache.flink.streaming.api.windowing.triggers.ProcessingTimeTrigger;
import org.apache.flink.streaming.api.windowing.triggers.PurgingTrigger;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperatorFactory;
import org.apache.flink.streaming.runtime.operators.windowing.functions.InternalIterableWindowFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Which window operators run natively. */
final class WindowTwinsTest {
    private static final Duration SIZE = Duration.ofMillis(10);

    static Stream<WindowAssigner<Object, TimeWindow>> known() {
        return Stream.of(
                TumblingEventTimeWindows.of(SIZE),
                SlidingEventTimeWindows.of(SIZE, SIZE),
                EventTimeSessionWindows.withGap(SIZE),
                TumblingProcessingTimeWindows.of(SIZE),
                SlidingProcessingTimeWindows.of(SIZE, SIZE),
                ProcessingTimeSessionWindows.withGap(SIZE));
    }

    @ParameterizedTest
    @MethodSource("known")
    void windowsWithTheDefaultTriggerAreKnown(WindowAssigner<Object, TimeWindow> assigner) {
        assertThat(verdict(assigner, assigner.getDefaultTrigger()))
                .isEqualTo(
                        Verdict.yes("WindowOperator with " + assigner.getClass().getSimpleName()));
    }

    static Stream<Arguments> unknown() {
        TumblingEventTimeWindows tumbling = TumblingEventTimeWindows.of(SIZE);
        EventTimeSessionWindows sessions = EventTimeSessionWindows.withGap(SIZE);
        return Stream.of(
                Arguments.of(tumbling, ProcessingTimeTrigger.create(), "ProcessingTimeTrigger"),
                Arguments.of(tumbling, ContinuousEventTimeTrigger.of(SIZE), "ContinuousEventTimeTrigger"),
                Arguments.of(tumbling, PurgingTrigger.of(EventTimeTrigger.create()), "PurgingTrigger"),
                Arguments.of(sessions, ContinuousEventTimeTrigger.of(SIZE), "ContinuousEventTimeTrigger"),
                Arguments.of(
                        // asked once for a record, as in Flink
                        DynamicEventTimeSessionWindows.withDynamicGap(element -> 1L),
                        EventTimeTrigger.create(),
                        "DynamicEventTimeSessionWindows"),
                Arguments.of(new OfTheProgramsOwn(), EventTimeTrigger.create(), "OfTheProgramsOwn"));
    }

    @ParameterizedTest
    @MethodSource("unknown")
    void allOthersAreHostedWithTheReason(
            WindowAssigner<Object, TimeWindow> assigner, Trigger<Object, TimeWindow> trigger, String named) {
        Verdict verdict = verdict(assigner, trigger);
        assertThat(verdict.isNative()).isFalse();
        assertThat(verdict.reason())
                .startsWith("no native twin of WindowOperator with")
                .contains(named);
    }

    private static Verdict verdict(WindowAssigner<Object, TimeWindow> assigner, Trigger<Object, TimeWindow> trigger) {
        WindowFunction<Long, Long, Long, TimeWindow> function = (key, window, elements, out) -> {};
        return WindowTwins.verdict(new WindowOperatorFactory<>(
                assigner,
                new TimeWindow.Serializer(),
                (Long element) -> element,
                LongSerializer.INSTANCE,
                new ListStateDescriptor<>("window-contents", LongSerializer.INSTANCE),
                new InternalIterableWindowFunction<>(function),
                trigger,
                0,
                null));
    }

    private static final class OfTheProgramsOwn extends TumblingEventTimeWindows {
        private static final long serialVersionUID = 1;

        OfTheProgramsOwn() {
            super(10, 0, WindowStagger.ALIGNED);
        }
    }
}
