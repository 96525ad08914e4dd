package dev.weir.flink.twin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Defines template classes once more for each place of a job that uses them.
 *
 * <p>The JIT keeps the types it saw at a call by method, so a link class that all operators share would see them all, and
 * could inline none. A hidden copy of the class sees those of its own place only. The subtasks of one vertex share copies.
 * Copies live as long as their job.
 *
 * <p>A template must be a top-level class, without lambdas and inner classes, and be known to others by a supertype only:
 * the copy is not an instance of the template. One object per job; thread-safe.
 */
public final class Templates {
    private static final ConcurrentHashMap<Class<?>, byte[]> CODE = new ConcurrentHashMap<>();

    private final boolean copying;
    private final ConcurrentHashMap<Place, Constructor<?>> constructors = new ConcurrentHashMap<>();

    private final ConcurrentHashMap<String, Optional<Object>> shared = new ConcurrentHashMap<>();

    private record Place(String name, Class<?> template) {}

    /** @param copying false to use the templates themselves: for runs too short to gain anything */
    public Templates(boolean copying) {
        this.copying = copying;
    }

    /**
     * Makes an instance of the place's copy of a template, by the template's only constructor.
     *
     * @param lookup of the template's package
     */
    public <T> T make(
            MethodHandles.Lookup lookup, Class<? extends T> template, String place, @Nullable Object... arguments) {
        Constructor<?> constructor =
                constructors.computeIfAbsent(new Place(place, template), key -> constructor(lookup, template));
        try {
            @SuppressWarnings("unchecked") // a copy has the supertypes of its template
            T made = (T) constructor.newInstance(arguments);
            return made;
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("no " + template.getSimpleName() + " at " + place, e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no " + template.getSimpleName() + " at " + place, e);
        }
    }

    /** What all subtasks of a place share beside its copies, made at the first call; nothing is shared without copying. */
    @SuppressWarnings("unchecked") // a place asks for one thing
    public <T> @Nullable T shared(String place, Supplier<@Nullable T> maker) {
        return copying
                ? (T) shared.computeIfAbsent(place, key -> Optional.ofNullable(maker.get()))
                        .orElse(null)
                : null;
    }

    private Constructor<?> constructor(MethodHandles.Lookup lookup, Class<?> template) {
        Class<?> type = template;
        if (copying) {
            try {
                type = lookup.defineHiddenClass(CODE.computeIfAbsent(template, Templates::code), true)
                        .lookupClass();
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("cannot copy " + template, e);
            }
        }
        Constructor<?> constructor = type.getDeclaredConstructors()[0];
        constructor.setAccessible(true);
        return constructor;
    }

    private static byte[] code(Class<?> template) {
        try (InputStream in = template.getResourceAsStream(template.getSimpleName() + ".class")) {
            if (in == null) {
                throw new IllegalStateException("no class file of " + template);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the class file of " + template, e);
        }
    }
}
