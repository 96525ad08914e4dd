package dev.weir.flink.twin;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.util.function.Consumer;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.operators.async.AsyncWaitOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;

/** What {@code AsyncWaitOperator} keeps to itself: handlers of calls. Belongs to the task thread. */
final class AsyncHandlers implements Consumer<Throwable> {
    private final AsyncWaitOperator<Object, Object> operator;
    private final long timeout;
    private final Constructor<?> constructor;
    private final Method registerTimeout;

    AsyncHandlers(AsyncWaitOperator<Object, Object> operator) {
        this.operator = operator;
        this.timeout = Internals.<Long>read(AsyncWaitOperator.class, "timeout", operator);
        try {
            Class<?> type = Class.forName(
                    AsyncWaitOperator.class.getName() + "$ResultHandler",
                    false,
                    AsyncWaitOperator.class.getClassLoader());
            constructor = type.getDeclaredConstructor(AsyncWaitOperator.class, StreamRecord.class, ResultFuture.class);
            constructor.setAccessible(true);
            registerTimeout = type.getDeclaredMethod("registerTimeout", ProcessingTimeService.class, long.class);
            registerTimeout.setAccessible(true);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("AsyncWaitOperator's handlers are unknown; Weir is made for Flink 2.3", e);
        }
    }

    /** Any thread: fails the task. */
    @Override
    public void accept(Throwable cause) {
        operator.getContainingTask().getEnvironment().failExternally(cause);
    }

    /** The handler of a record that has a place in the operator's queue; its timeout runs from now on. */
    @SuppressWarnings("unchecked") // Flink's class says so
    ResultFuture<Object> handler(StreamRecord<Object> record, ResultFuture<Object> place) {
        try {
            ResultFuture<Object> handler = (ResultFuture<Object>) constructor.newInstance(operator, record, place);
            if (timeout > 0) {
                registerTimeout.invoke(handler, operator.getProcessingTimeService(), timeout);
            }
            return handler;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no handler for " + record, e);
        }
    }
}
