import { useState } from 'react'

/** A plot or other picture of the blob store. What is no picture becomes a link to download. */
export function BlobImage(props: { readonly name: string; readonly url: string }) {
  const { name, url } = props
  const [failed, setFailed] = useState(false)
  if (/\.(?:webm|mp4|ogv)$/i.test(name)) return <video className="ws-image" src={url} controls />
  if (!/\.(?:png|jpe?g|gif|webp|svg|bmp)$/i.test(name))
    return (
      <a href={url} download={name}>
        {name}
      </a>
    )
  if (failed)
    return (
      <div className="ws-placeholder">
        {name} could not be loaded.{' '}
        <button type="button" className="ws-link" onClick={() => setFailed(false)}>
          Retry
        </button>
      </div>
    )
  return (
    <img
      className="ws-image"
      src={url}
      alt={`Plot ${name}`}
      decoding="async"
      onError={() => setFailed(true)}
    />
  )
}
