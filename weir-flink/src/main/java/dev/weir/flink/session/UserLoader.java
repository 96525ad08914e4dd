package dev.weir.flink.session;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.util.UserCodeClassLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The user's class loader for one job, with the hooks that user code asks to run when the job lets go of it. Thread-safe. */
final class UserLoader implements UserCodeClassLoader {
    private static final Logger LOG = LoggerFactory.getLogger(UserLoader.class);

    private final ClassLoader loader;
    private final Map<String, Runnable> hooks = new LinkedHashMap<>();

    UserLoader(ClassLoader loader) {
        this.loader = loader;
    }

    @Override
    public ClassLoader asClassLoader() {
        return loader;
    }

    @Override
    public synchronized void registerReleaseHookIfAbsent(String name, Runnable hook) {
        hooks.putIfAbsent(name, hook);
    }

    synchronized void release() {
        for (Map.Entry<String, Runnable> hook : hooks.entrySet()) {
            try {
                hook.getValue().run();
            } catch (RuntimeException | Error e) {
                LOG.warn("class loader release hook '{}' failed", hook.getKey(), e);
            }
        }
        hooks.clear();
    }
}
