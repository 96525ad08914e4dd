package dev.weir.flink.window;

import dev.weir.flink.twin.Link;
import dev.weir.flink.twin.LinkCollector;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperator;
import org.apache.flink.streaming.runtime.operators.windowing.functions.InternalWindowFunction;

/** Calls a window function. Template. */
final class FunctionResults implements Results {
    private final WindowOperator<Object, Object, Object, Object, TimeWindow> operator;
    private final InternalWindowFunction<Object, Object, Object, TimeWindow> function;
    private final LinkCollector collector;
    private final boolean clears;

    /** @param clears whether the function wants to know of contents that are dropped */
    FunctionResults(
            WindowOperator<Object, Object, Object, Object, TimeWindow> operator,
            InternalWindowFunction<Object, Object, Object, TimeWindow> function,
            LinkCollector collector,
            boolean clears) {
        this.operator = operator;
        this.function = function;
        this.collector = collector;
        this.clears = clears;
    }

    @Override
    public void emit(OpenWindow window, int slot, Object contents) throws Exception {
        Object key = window.pane.key(slot);
        operator.setCurrentKey(key);
        collector.timestamp(Link.carried(window.window.maxTimestamp()));
        function.process(key, window.window, window.context(operator), contents, collector);
    }

    @Override
    public boolean clears() {
        return clears;
    }

    @Override
    public void clear(OpenWindow window, Object key) throws Exception {
        operator.setCurrentKey(key);
        window.context(operator).clear();
    }
}
