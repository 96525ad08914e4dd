package dev.weir.flink.embed;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.DefaultExecutorServiceLoader;
import org.apache.flink.datastream.impl.ExecutionContextEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.concurrent.FutureUtils;
import org.jspecify.annotations.Nullable;

/**
 * The one factory that is set in Flink's JVM-wide fields while any program runs; it finds out whose code is asking.
 *
 * <p>Flink keeps a context factory in a thread-local, which threads started by {@code main} do not see, and in a static, of
 * which there is one for all programs (DataStream V2 has the static only). So the statics hold a dispatcher, which looks, in
 * this order, at
 *
 * <ol>
 *   <li>the classes on the calling stack: code from a program's jar belongs to that program, whatever pool it runs in,
 *   <li>the context class loader, for libraries outside the jar,
 *   <li>the program whose thread started the calling thread, for programs that share the host's class loader,
 *   <li>the scope installed for the whole JVM, and answers with a plain local environment where there is none.
 * </ol>
 *
 * <p>This is the only static state of the adapter; Flink's hook leaves no other place. Thread-safe. The inherited handle is
 * emptied when its program ends, so threads that outlive it keep nothing alive.
 */
final class ContextEnvironments {
    private static final Map<ClassLoader, EnvironmentScope> BY_LOADER = new ConcurrentHashMap<>();
    private static final InheritableThreadLocal<@Nullable Handle> BY_THREAD = new InheritableThreadLocal<>();
    private static final StackWalker STACK = StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);
    private static final Set<EnvironmentScope> OPEN = new HashSet<>();
    private static final AtomicReference<@Nullable EnvironmentScope> JVM_WIDE = new AtomicReference<>();

    private ContextEnvironments() {}

    static synchronized void open(
            EnvironmentScope scope, ClassLoader userLoader, @Nullable ClassLoader definingLoader) {
        OPEN.add(scope);
        if (!isHosts(userLoader)) {
            BY_LOADER.put(userLoader, scope);
        }
        if (definingLoader != null && !isHosts(definingLoader)) {
            BY_LOADER.put(definingLoader, scope);
        }
        BY_THREAD.set(new Handle(scope, BY_THREAD.get()));
        setFlinksFields();
    }

    /** By the thread that opened the scope. Closing twice does nothing. */
    static synchronized void close(EnvironmentScope scope) {
        if (!OPEN.remove(scope)) {
            return;
        }
        BY_LOADER.values().removeIf(each -> each == scope);
        Handle handle = BY_THREAD.get();
        if (handle != null && handle.scope == scope) {
            handle.scope = null;
            if (handle.outer == null) {
                BY_THREAD.remove();
            } else {
                BY_THREAD.set(handle.outer);
            }
        }
        resetFlinksFieldsIfIdle();
    }

    /** @param scope null takes the present one away */
    static synchronized void installForAll(@Nullable EnvironmentScope scope) {
        JVM_WIDE.set(scope);
        if (scope != null) {
            setFlinksFields();
        } else {
            resetFlinksFieldsIfIdle();
        }
    }

    /** The scope that the calling code belongs to. */
    private static EnvironmentScope current() {
        EnvironmentScope scope = BY_LOADER.isEmpty() ? null : byLoader();
        if (scope == null) {
            Handle handle = BY_THREAD.get();
            scope = handle == null ? null : handle.scope;
        }
        if (scope == null) {
            scope = JVM_WIDE.get();
        }
        return scope == null ? EnvironmentScope.local(new Configuration()) : scope;
    }

    private static @Nullable EnvironmentScope byLoader() {
        EnvironmentScope onStack = STACK.walk(
                frames -> frames.map(frame -> scopeOf(frame.getDeclaringClass().getClassLoader()))
                        .filter(each -> each != null)
                        .findFirst()
                        .orElse(null));
        return onStack != null ? onStack : scopeOf(Thread.currentThread().getContextClassLoader());
    }

    private static @Nullable EnvironmentScope scopeOf(@Nullable ClassLoader loader) {
        for (ClassLoader each = loader; each != null; each = each.getParent()) {
            EnvironmentScope scope = BY_LOADER.get(each);
            if (scope != null) {
                return scope;
            }
        }
        return null;
    }

    /** Loaders that this class comes from too tell programs not apart. */
    private static boolean isHosts(ClassLoader loader) {
        for (ClassLoader each = ContextEnvironments.class.getClassLoader(); each != null; each = each.getParent()) {
            if (each == loader) {
                return true;
            }
        }
        return false;
    }

    private static void setFlinksFields() {
        onThreadOfItsOwn(() -> {
            StreamHook.set();
            DataStreamHook.set();
            startFlinksTimer();
        });
    }

    /**
     * Flink's futures share one timer thread, which lives on and keeps the access control context of the code that made it
     * start: the class loader of the first program, if that is left to do it.
     */
    private static void startFlinksTimer() {
        CompletableFuture<Void> future = new CompletableFuture<>();
        FutureUtils.orTimeout(future, 1, TimeUnit.DAYS, null);
        future.complete(null);
    }

    private static void resetFlinksFieldsIfIdle() {
        if (OPEN.isEmpty() && JVM_WIDE.get() == null) {
            onThreadOfItsOwn(() -> {
                StreamHook.reset();
                DataStreamHook.reset();
            });
        }
    }

    /**
     * Flink sets and clears its static and the calling thread's thread-local in one call. On the caller's thread the
     * thread-local would either outlive its use or be cleared only together with the static that others still need.
     */
    private static void onThreadOfItsOwn(Runnable action) {
        Thread thread = new Thread(null, action, "weir-context", 0, false);
        thread.setContextClassLoader(ContextEnvironments.class.getClassLoader());
        thread.start();
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a thread inherits from the one that started it. */
    private static final class Handle {
        private volatile @Nullable EnvironmentScope scope;
        private final @Nullable Handle outer;

        Handle(EnvironmentScope scope, @Nullable Handle outer) {
            this.scope = scope;
            this.outer = outer;
        }
    }

    /** Never instantiated: the fields are set through protected static methods. */
    private static final class StreamHook extends StreamExecutionEnvironment {
        static void set() {
            initializeContextEnvironment(given -> current().streamEnvironment(given));
        }

        static void reset() {
            resetContextEnvironment();
        }
    }

    /** Never instantiated, as {@link StreamHook}. */
    private static final class DataStreamHook extends ExecutionContextEnvironment {
        private DataStreamHook() {
            super(new DefaultExecutorServiceLoader(), new Configuration(), DataStreamHook.class.getClassLoader());
        }

        static void set() {
            initializeContextEnvironment(given -> current().dataStreamEnvironment(given));
        }

        static void reset() {
            resetContextEnvironment();
        }
    }
}
