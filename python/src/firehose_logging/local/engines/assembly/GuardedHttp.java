import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.common.network.NetworkService;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.BigArrays;
import org.opensearch.common.util.PageCacheRecycler;
import org.opensearch.core.indices.breaker.CircuitBreakerService;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.http.HttpServerTransport;
import org.opensearch.http.netty4.Netty4HttpServerTransport;
import org.opensearch.plugins.NetworkPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.telemetry.tracing.Tracer;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.SharedGroupFactory;

/**
 * HTTP for nobody but the stack: a request needs the secret of this start, and is refused before
 * its body is held. Security decides over all that is let in, as it does on any other transport.
 */
public final class GuardedHttp extends Plugin implements NetworkPlugin {

  static final String TYPE = "guarded";
  private static final String SECRET_HEADER = "x-local-stack-secret";
  private static final Set<String> NAMES = Set.of("127.0.0.1", "localhost");
  private static final byte[] REFUSAL =
      "This port is for the local stack alone: use the domain's endpoint.\n"
          .getBytes(StandardCharsets.UTF_8);
  private static byte[] secret = new byte[0];

  /** To be called before the node is made; nothing is let in without a secret. */
  static void admitOnly(String given) {
    secret = given.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public Map<String, Supplier<HttpServerTransport>> getHttpTransports(
      Settings settings, ThreadPool threadPool, BigArrays bigArrays, PageCacheRecycler recycler,
      CircuitBreakerService breakers, NamedXContentRegistry registry, NetworkService network,
      HttpServerTransport.Dispatcher dispatcher, ClusterSettings clusterSettings, Tracer tracer) {
    return Map.of(TYPE, () -> new Netty4HttpServerTransport(
        settings, network, bigArrays, threadPool, registry, dispatcher, clusterSettings,
        new SharedGroupFactory(settings), tracer) {
      @Override
      protected ChannelInboundHandlerAdapter createHeaderVerifier() {
        return new Guard();
      }
    });
  }

  /** One for each connection. */
  private static final class Guard extends ChannelInboundHandlerAdapter {

    private boolean hasRefused;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (hasRefused) {
        ReferenceCountUtil.release(message);
      } else if (message instanceof HttpRequest request && !isAdmitted(request.headers())) {
        hasRefused = true;
        ReferenceCountUtil.release(message);
        context.writeAndFlush(refusal()).addListener(ChannelFutureListener.CLOSE);
      } else {
        context.fireChannelRead(message);
      }
    }
  }

  private static boolean isAdmitted(HttpHeaders headers) {
    List<String> given = headers.getAll(SECRET_HEADER);
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    return secret.length > 0
        && given.size() == 1
        && MessageDigest.isEqual(secret, given.get(0).getBytes(StandardCharsets.UTF_8))
        && hosts.size() == 1
        && NAMES.contains(hosts.get(0).replaceFirst(":\\d+$", ""));
  }

  private static DefaultFullHttpResponse refusal() {
    DefaultFullHttpResponse answer = new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, HttpResponseStatus.FORBIDDEN, Unpooled.wrappedBuffer(REFUSAL));
    answer.headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=UTF-8")
        .set(HttpHeaderNames.CONTENT_LENGTH, REFUSAL.length)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return answer;
  }
}
