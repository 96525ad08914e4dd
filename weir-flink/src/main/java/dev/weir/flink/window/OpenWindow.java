package dev.weir.flink.window;

import dev.weir.engine.state.Pane;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.streaming.runtime.operators.windowing.WindowOperator;
import org.jspecify.annotations.Nullable;

/** A window that has contents, those of all keys. */
final class OpenWindow {
    final TimeWindow window;
    final Pane<Object, Object> pane;

    /** Whether a record is not done with when it is added: the watermark has passed the end, or timers are by key. */
    boolean attends;

    /** Whether each key has timers of its own, see {@link WindowTimers}; a key without contents may have some then. */
    boolean byKey;

    private WindowOperator<Object, Object, Object, Object, TimeWindow>.@Nullable WindowContext context;

    OpenWindow(TimeWindow window, Pane<Object, Object> pane) {
        this.window = window;
        this.pane = pane;
    }

    /** What the operator's function gets to know of it; that of any key, as the key is the backend's current one. */
    WindowOperator<Object, Object, Object, Object, TimeWindow>.WindowContext context(
            WindowOperator<Object, Object, Object, Object, TimeWindow> operator) {
        if (context == null) {
            context = operator.new WindowContext(window);
        }
        return context;
    }
}
