package dev.weir.cli;

import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/**
 * Tells Ctrl-C from all else that ends a process. The JDK has one class for that, which its compiler warns of, so it is found by
 * name; where it is missing nothing is taken for Ctrl-C. Acts on the whole process, which is the launcher's.
 */
final class Interrupts {
    private static final int CODE = 130;

    private Interrupts() {}

    /** True from the moment when SIGINT has come, before the shutdown hooks run. */
    static AtomicBoolean watch() {
        AtomicBoolean interrupted = new AtomicBoolean();
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(
                    Interrupts.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            interrupted.set(true);
                            exit();
                            return null;
                        }
                        return switch (method.getName()) {
                            case "hashCode" -> System.identityHashCode(proxy);
                            case "equals" -> proxy == arguments[0];
                            default -> "Ctrl-C cancels";
                        };
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("INT"), handling);
        } catch (ReflectiveOperationException | RuntimeException e) {
            LoggerFactory.getLogger(Interrupts.class).debug("Ctrl-C cannot be told from other signals", e);
        }
        return interrupted;
    }

    /** Not on the thread of signals, which the exit waits for nothing of. */
    private static void exit() {
        Thread exit = new Thread(() -> Runtime.getRuntime().exit(CODE), "weir-interrupt");
        exit.setDaemon(true);
        exit.start();
    }
}
