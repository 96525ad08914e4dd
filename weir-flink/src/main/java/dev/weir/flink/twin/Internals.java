package dev.weir.flink.twin;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import org.apache.flink.runtime.state.KeyGroupedInternalPriorityQueue;
import org.apache.flink.streaming.api.operators.InternalTimerService;
import org.apache.flink.streaming.api.operators.InternalTimerServiceImpl;
import org.apache.flink.streaming.api.operators.TimerHeapInternalTimer;
import org.jspecify.annotations.Nullable;

/** Reads and sets what Flink's operators keep to themselves: when a job starts, or through handles that the JIT sees through. */
public final class Internals {
    private Internals() {}

    /** The value of a field that is set. */
    @SuppressWarnings("TypeParameterUnusedInFormals") // callers know the field
    public static <T> T read(Class<?> owner, String field, Object of) {
        T value = readNullable(owner, field, of);
        if (value == null) {
            throw new IllegalStateException(owner.getName() + "." + field + " is not set yet");
        }
        return value;
    }

    /** The value of a field. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // as above
    public static <T> @Nullable T readNullable(Class<?> owner, String field, Object of) {
        try {
            return (T) declared(owner, field).get(of);
        } catch (ReflectiveOperationException e) {
            throw missing(owner, field, e);
        }
    }

    /** Sets a field that is not final. */
    public static void write(Class<?> owner, String field, Object of, Object value) {
        try {
            declared(owner, field).set(of, value);
        } catch (ReflectiveOperationException e) {
            throw missing(owner, field, e);
        }
    }

    /**
     * The queue of an operator's timers of one kind.
     *
     * @return null where the service is not the one that Flink has in streaming mode
     */
    public static <K, N> @Nullable KeyGroupedInternalPriorityQueue<TimerHeapInternalTimer<K, N>> timers(
            InternalTimerService<N> service, boolean eventTime) {
        return service.getClass() != InternalTimerServiceImpl.class
                ? null
                : read(
                        InternalTimerServiceImpl.class,
                        eventTime ? "eventTimeTimersQueue" : "processingTimeTimersQueue",
                        service);
    }

    /** Reads a field at any time: {@code (owner)type}, to be called exactly so. */
    static MethodHandle getter(Class<?> owner, String field, Class<?> type) {
        try {
            return MethodHandles.lookup()
                    .unreflectGetter(declared(owner, field))
                    .asType(MethodType.methodType(type, owner));
        } catch (ReflectiveOperationException e) {
            throw missing(owner, field, e);
        }
    }

    /** Calls a method at any time: {@code (owner, argument)result}, to be called exactly so. */
    static MethodHandle method(Class<?> owner, String name, Class<?> result, Class<?> argument) {
        try {
            Method declared = owner.getDeclaredMethod(name, argument);
            declared.setAccessible(true);
            return MethodHandles.lookup().unreflect(declared).asType(MethodType.methodType(result, owner, argument));
        } catch (ReflectiveOperationException e) {
            throw missing(owner, name, e);
        }
    }

    private static Field declared(Class<?> owner, String field) throws NoSuchFieldException {
        Field declared = owner.getDeclaredField(field);
        declared.setAccessible(true);
        return declared;
    }

    private static IllegalStateException missing(Class<?> owner, String field, ReflectiveOperationException cause) {
        return new IllegalStateException(
                "this version of Flink has no " + owner.getName() + "." + field + "; Weir is made for Flink 2.3",
                cause);
    }
}
