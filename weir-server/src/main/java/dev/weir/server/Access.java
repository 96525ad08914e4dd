package dev.weir.server;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaders;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpMethod;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.QueryStringDecoder;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.cookie.Cookie;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Who may ask. Pure.
 *
 * <p>A page of another site can make a browser send requests here, but not choose their {@code Host}, {@code Origin} and
 * {@code Sec-Fetch-Site}. So the host has to be one that an attacker cannot own the name of (a number, {@code localhost}, or
 * the configured name), which defeats DNS rebinding, and an origin, where there is one, has to be this server. What changes
 * something by GET, as Flink's UI cancels, has to show that it comes from here.
 *
 * @param hosts names that the server goes by, beside {@code localhost} and numbers
 * @param origin another origin that may ask, null for none
 * @param token what every request has to show, null for nothing
 * @param secure whether the server speaks TLS
 */
record Access(Set<String> hosts, @Nullable String origin, @Nullable String token, boolean secure) {
    static final String COOKIE = "weir-token";
    private static final String BEARER = "Bearer ";
    private static final String FETCH_SITE = "Sec-Fetch-Site";

    /** Names the icons of Flink's UI; browsers ask for it without cookies. */
    private static final String MANIFEST = "/flink/assets/favicon/manifest.json";

    /** Why a request gets no answer. */
    record Refusal(HttpResponseStatus status, String reason) {}

    /** Null where the request may pass. */
    @Nullable
    Refusal refusal(HttpRequest request, String path) {
        HttpHeaders headers = request.headers();
        String host = headers.get(HttpHeaderNames.HOST);
        if (host == null || headers.getAll(HttpHeaderNames.HOST).size() > 1 || !known(host)) {
            return new Refusal(
                    HttpResponseStatus.FORBIDDEN,
                    "Host '" + host + "' is not this server; address it by number or localhost, or set rest.address");
        }
        String from = headers.get(HttpHeaderNames.ORIGIN);
        if (from != null && !from.equals(origin) && !isSelf(from, host)) {
            return new Refusal(HttpResponseStatus.FORBIDDEN, "Origin '" + from + "' is not this server");
        }
        if (from == null && changes(request.method(), path) && fromElsewhere(request.method(), headers, host)) {
            return new Refusal(HttpResponseStatus.FORBIDDEN, "the request does not come from a page of this server");
        }
        boolean open = path.equals(MANIFEST) && request.method().equals(HttpMethod.GET);
        return token == null || open || shown(headers)
                ? null
                : new Refusal(
                        HttpResponseStatus.UNAUTHORIZED,
                        "a token is needed: 'Authorization: Bearer TOKEN', or once '?token=TOKEN' in a browser");
    }

    /** Whether the query of a request shows the token, which a browser then gets as a cookie. */
    boolean tokenIn(QueryStringDecoder query) {
        return token != null
                && query.parameters().getOrDefault("token", List.of()).stream().anyMatch(this::isToken);
    }

    private boolean known(String host) {
        String name = withoutPort(host).toLowerCase(Locale.ROOT);
        return name.equals("localhost")
                || name.matches("\\d{1,3}(\\.\\d{1,3}){3}")
                || name.matches("\\[[0-9a-f:.]+]")
                || hosts.contains(name);
    }

    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    private boolean isSelf(String from, String host) {
        return from.equalsIgnoreCase((secure ? "https://" : "http://") + host);
    }

    /** What Flink's UI does by GET is under two names that once were for proxies. */
    private static boolean changes(HttpMethod method, String path) {
        return !(method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD) || method.equals(HttpMethod.OPTIONS))
                || path.contains("/yarn-");
    }

    private boolean fromElsewhere(HttpMethod method, HttpHeaders headers, String host) {
        String site = headers.get(FETCH_SITE);
        if (site != null) {
            return !site.equals("same-origin") && !(site.equals("none") && !method.equals(HttpMethod.GET));
        }
        String referer = headers.get(HttpHeaderNames.REFERER);
        if (referer != null) {
            return !referer.toLowerCase(Locale.ROOT)
                    .startsWith((secure ? "https://" : "http://") + host.toLowerCase(Locale.ROOT) + "/");
        }
        // a browser's POST would have an origin; a GET needs none, so that silence says nothing
        return method.equals(HttpMethod.GET);
    }

    private boolean shown(HttpHeaders headers) {
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        if (authorization != null
                && authorization.startsWith(BEARER)
                && isToken(authorization.substring(BEARER.length()))) {
            return true;
        }
        String cookies = headers.get(HttpHeaderNames.COOKIE);
        return cookies != null
                && ServerCookieDecoder.LAX.decode(cookies).stream()
                        .filter(cookie -> cookie.name().equals(COOKIE))
                        .map(Cookie::value)
                        .anyMatch(this::isToken);
    }

    private boolean isToken(String shown) {
        return token != null
                && MessageDigest.isEqual(
                        shown.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }
}
